-- Permissions and directory roles known in each tenant: those it defines and those the lists name.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

definitions as (

    select
        tenant_id,
        resource_app_id,
        permission_type,
        permission_id,
        permission_value,
        display_name,
        is_enabled
    from {{ ref('int_permission_definition') }}

    union all

    select
        tenant_id,
        resource_app_id,
        permission_type,
        permission_id,
        permission_value,
        display_name,
        is_enabled
    from {{ ref('int_directory_role_definition') }}

),

lists as (

    select resource_app_id, permission_type, permission_id, permission_value
    from {{ ref('int_permission_listed') }}

    union all

    select
        'directory' as resource_app_id,
        'directory_role' as permission_type,
        role_template_id as permission_id,
        role_name as permission_value
    from {{ ref('directory_role_rating') }}

),

listed as (

    select
        tenants.tenant_id,
        lists.resource_app_id,
        lists.permission_type,
        lists.permission_id,
        lists.permission_value
    from tenants
    cross join lists

),

ids as (

    select tenant_id, resource_app_id, permission_type, permission_id from definitions
    union
    select tenant_id, resource_app_id, permission_type, permission_id from listed

),

joined as (

    select
        ids.tenant_id,
        ids.resource_app_id,
        ids.permission_type,
        ids.permission_id,
        coalesce(definitions.permission_value, listed.permission_value) as permission_value,
        definitions.display_name,
        definitions.permission_id is not null as is_defined_in_tenant,
        coalesce(definitions.is_enabled, true) as is_enabled
    from ids
    left join definitions
        on
            ids.tenant_id = definitions.tenant_id
            and ids.resource_app_id = definitions.resource_app_id
            and ids.permission_type = definitions.permission_type
            and ids.permission_id = definitions.permission_id
    left join listed
        on
            ids.tenant_id = listed.tenant_id
            and ids.resource_app_id = listed.resource_app_id
            and ids.permission_type = listed.permission_type
            and ids.permission_id = listed.permission_id

),

-- A grant names a scope by its value: where several ids bear it, the one in force in the tenant is meant.
ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, resource_app_id, permission_type, lower(permission_value)
            order by
                case when is_defined_in_tenant then 0 else 1 end,
                case when is_enabled then 0 else 1 end,
                permission_id
        ) as value_rank
    from joined

)

select * from ranked
