with permissions as (

    select * from {{ ref('int_permission') }}

),

ratings as (

    select * from {{ ref('int_permission_rating') }}

),

listed as (

    select * from {{ ref('int_permission_listed') }}

),

msidentitytools as (

    select * from {{ ref('msidentitytools_rating') }}

),

joined as (

    select
        permissions.tenant_id,
        permissions.resource_app_id || '/' || permissions.permission_type || '/' || permissions.permission_id
            as permission_key,
        permissions.resource_app_id,
        permissions.resource_name,
        permissions.permission_type,
        permissions.permission_id,
        coalesce(permissions.permission_value, permissions.permission_id) as permission_value,
        permissions.display_name,
        ratings.takeover,
        ratings.takeover_tier,
        ratings.takeover_class,
        ratings.takeover_reason,
        ratings.takeover_source,
        ratings.data_exposure,
        ratings.data_exposure_tier,
        ratings.data_class,
        coalesce(ratings.data_area, 'other') as data_area,
        ratings.data_access,
        ratings.data_reach,
        ratings.data_exposure_reason,
        ratings.data_exposure_source,
        ratings.tier,
        ratings.rating,
        ratings.is_pattern_rated,
        listed.scubagear_level,
        listed.microsoft_privilege_level,
        -- That list names either one permission or the first part of the names of many.
        coalesce(single_names.privilege, first_parts.privilege) as msidentitytools_level,
        permissions.is_defined_in_tenant
    from permissions
    inner join ratings
        on
            permissions.tenant_id = ratings.tenant_id
            and permissions.resource_app_id = ratings.resource_app_id
            and permissions.permission_type = ratings.permission_type
            and permissions.permission_id = ratings.permission_id
    left join listed
        on
            permissions.resource_app_id = listed.resource_app_id
            and permissions.permission_type = listed.permission_type
            and permissions.permission_id = listed.permission_id
    left join msidentitytools as single_names
        on
            permissions.is_microsoft_api
            and permissions.permission_type = single_names.permission_type
            and lower(permissions.permission_value) = lower(single_names.permission)
    left join msidentitytools as first_parts
        on
            permissions.is_microsoft_api
            and permissions.permission_type = first_parts.permission_type
            and lower(split_part(permissions.permission_value, '.', 1)) = lower(first_parts.permission)

)

select * from joined
