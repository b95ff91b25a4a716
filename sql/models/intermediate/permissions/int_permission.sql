-- Every permission an app could hold in a tenant, and whether a Microsoft-owned API gives its name a meaning.
with known as (

    select * from {{ ref('int_permission_known') }}

),

held as (

    select * from {{ ref('int_permission_held') }}

),

resources as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

microsoft_apps as (

    select * from {{ ref('microsoft_app') }}

),

microsoft_tenants as (

    select * from {{ ref('microsoft_tenant') }}

),

-- Apps may hold what no list knows and no API defines any more.
undefined as (

    select
        held.tenant_id,
        held.resource_app_id,
        held.permission_type,
        held.permission_id,
        max(held.permission_value) as permission_value
    from held
    left join known
        on
            held.tenant_id = known.tenant_id
            and held.resource_app_id = known.resource_app_id
            and held.permission_type = known.permission_type
            and held.permission_id = known.permission_id
    where known.permission_id is null
    group by held.tenant_id, held.resource_app_id, held.permission_type, held.permission_id

),

permissions as (

    select
        tenant_id,
        resource_app_id,
        permission_type,
        permission_id,
        permission_value,
        display_name,
        is_defined_in_tenant
    from known

    union all

    select
        tenant_id,
        resource_app_id,
        permission_type,
        permission_id,
        permission_value,
        cast(null as varchar) as display_name,
        false as is_defined_in_tenant
    from undefined

),

-- The owner is known by app id or tenant, never by name: names are free to choose. Directory roles have no owner.
owned as (

    select
        permissions.tenant_id,
        permissions.resource_app_id,
        case
            when permissions.permission_type = 'directory_role' then 'Microsoft Entra ID'
            else resources.display_name
        end as resource_name,
        permissions.permission_type,
        permissions.permission_id,
        nullif(permissions.permission_value, '') as permission_value,
        permissions.display_name,
        permissions.is_defined_in_tenant,
        permissions.permission_type <> 'directory_role'
        and (microsoft_apps.app_id is not null or microsoft_tenants.tenant_id is not null) as is_microsoft_api
    from permissions
    left join resources
        on permissions.tenant_id = resources.tenant_id and permissions.resource_app_id = resources.app_id
    left join microsoft_apps
        on permissions.resource_app_id = microsoft_apps.app_id
    left join microsoft_tenants
        on resources.owner_tenant_id = microsoft_tenants.tenant_id

)

select * from owned
