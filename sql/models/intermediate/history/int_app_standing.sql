-- What is true of each app now, one row per fact. The history is made of these rows: what tells two facts apart (aspect and item) is
-- kept for years, so that a change of its spelling would look like a change of every app.
with service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1 and deleted_at is null

),

applications as (

    select * from {{ ref('int_application') }}
    where deleted_at is null

),

apps as (

    select tenant_id, app_id from service_principals
    union
    select tenant_id, app_id from applications

),

-- A grant may be listed before its app or API is: until then that goes by another id, and the grant would be revoked and given again.
held as (

    select permissions.*
    from {{ ref('int_permission_held') }} as permissions
    inner join apps
        on permissions.tenant_id = apps.tenant_id and permissions.app_id = apps.app_id
    where permissions.permission_type in ('delegated', 'application') and permissions.is_resource_listed

),

roles as (

    select
        *,
        permission_id || case when role_scope_id = '/' then '' else ' on ' || role_scope_id end as role_item
    from {{ ref('int_directory_role_held') }}

),

facts as (

    select
        tenant_id,
        app_id,
        'app' as aspect,
        'app' as item,
        display_name as label,
        case when is_enabled then 'enabled' when not is_enabled then 'disabled' end as value,
        cast(null as varchar) as permission_key,
        cast(null as varchar) as permission_value,
        cast(null as varchar) as principal_id,
        created_at as dated_at
    from service_principals

    union all

    select
        tenant_id,
        app_id,
        'disabled_by_microsoft' as aspect,
        'disabled_by_microsoft' as item,
        disabled_by_microsoft_status as label,
        disabled_by_microsoft_status as value,
        null as permission_key,
        null as permission_value,
        null as principal_id,
        null as dated_at
    from service_principals
    where lower(disabled_by_microsoft_status) not in ('', 'none', 'notdisabled')

    union all

    select
        tenant_id,
        app_id,
        'assignment_required' as aspect,
        'assignment_required' as item,
        'assignment required' as label,
        case when is_assignment_required then 'yes' else 'no' end as value,
        null as permission_key,
        null as permission_value,
        null as principal_id,
        null as dated_at
    from service_principals
    where is_assignment_required is not null

    union all

    select
        apps.tenant_id,
        apps.app_id,
        'publisher' as aspect,
        'publisher' as item,
        coalesce(
            service_principals.verified_publisher_name,
            applications.verified_publisher_name,
            service_principals.verified_publisher_id,
            applications.verified_publisher_id
        ) as label,
        coalesce(service_principals.verified_publisher_id, applications.verified_publisher_id) as value,
        null as permission_key,
        null as permission_value,
        null as principal_id,
        null as dated_at
    from apps
    left join service_principals
        on apps.tenant_id = service_principals.tenant_id and apps.app_id = service_principals.app_id
    left join applications
        on apps.tenant_id = applications.tenant_id and apps.app_id = applications.app_id
    where coalesce(service_principals.verified_publisher_id, applications.verified_publisher_id) is not null

    union all

    select
        tenant_id,
        app_id,
        'owner' as aspect,
        owner_id as item,
        owner_name as label,
        null as value,
        null as permission_key,
        null as permission_value,
        null as principal_id,
        null as dated_at
    from {{ ref('int_app_owner') }}

    union all

    select
        tenant_id,
        app_id,
        'credential' as aspect,
        lower(key_id) as item,
        min(credential_kind) || coalesce(' ' || min(nullif(display_name, '')), '') as label,
        min(credential_kind) || coalesce(' until ' || cast(max({{ utc_date('ends_at') }}) as varchar), '') as value,
        null as permission_key,
        null as permission_value,
        null as principal_id,
        min(starts_at) as dated_at
    from {{ ref('int_app_credential') }}
    group by tenant_id, app_id, lower(key_id)

    union all

    select
        tenant_id,
        app_id,
        'reply_url' as aspect,
        url as item,
        url as label,
        null as value,
        null as permission_key,
        null as permission_value,
        null as principal_id,
        null as dated_at
    from {{ ref('int_app_reply_url') }}

    union all

    select
        tenant_id,
        app_id,
        'directory_role' as aspect,
        role_item as item,
        min(directory_role) as label,
        null as value,
        min('directory/directory_role/' || permission_id) as permission_key,
        min(coalesce(role_name, permission_id)) as permission_value,
        null as principal_id,
        null as dated_at
    from roles
    group by tenant_id, app_id, role_item

    union all

    select
        tenant_id,
        app_id,
        'permission' as aspect,
        {{ permission_item(
            'resource_app_id', 'permission_type', 'permission_value', 'permission_id', 'consent_type', 'principal_id'
        ) }} as item,
        min(coalesce(permission_value, permission_id) || ' on ' || coalesce(resource_name, resource_app_id)) as label,
        min(consent_type) as value,
        min(permission_key) as permission_key,
        min(coalesce(permission_value, permission_id)) as permission_value,
        min(principal_id) as principal_id,
        min(granted_at) as dated_at
    from held
    group by tenant_id, app_id, item

),

-- Of what is gone nothing is true any more, even while Graph still lists what belonged to it.
standing as (

    select facts.*
    from facts
    inner join apps
        on facts.tenant_id = apps.tenant_id and facts.app_id = apps.app_id

)

select * from standing
