with known as (

    select * from {{ ref('int_permission_known') }}

),

held as (

    select * from {{ ref('int_permission_held') }}

),

ratings as (

    select * from {{ ref('int_permission_rating') }}

),

areas as (

    select * from {{ ref('permission_area') }}

),

resources as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

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

joined as (

    select
        permissions.tenant_id,
        permissions.resource_app_id || '/' || permissions.permission_type || '/' || permissions.permission_id
            as permission_key,
        permissions.resource_app_id,
        resources.display_name as resource_name,
        permissions.permission_type,
        permissions.permission_id,
        coalesce(nullif(permissions.permission_value, ''), permissions.permission_id) as permission_value,
        permissions.display_name,
        coalesce(areas.data_area, 'other') as data_area,
        coalesce(ratings.tier, 'unrated') as tier,
        case ratings.tier when 'critical' then 4 when 'high' then 3 when 'medium' then 2 when 'low' then 1 end
            as rating,
        coalesce(ratings.rating_source, 'none') as rating_source,
        ratings.scubagear_level,
        ratings.microsoft_privilege_level,
        ratings.project_reason,
        permissions.is_defined_in_tenant
    from permissions
    left join ratings
        on
            permissions.resource_app_id = ratings.resource_app_id
            and permissions.permission_type = ratings.permission_type
            and permissions.permission_id = ratings.permission_id
    left join areas
        on split_part(permissions.permission_value, '.', 1) = areas.value_prefix
    left join resources
        on permissions.tenant_id = resources.tenant_id and permissions.resource_app_id = resources.app_id

)

select * from joined
