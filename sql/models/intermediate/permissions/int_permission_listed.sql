-- Permissions that a list names, with what the lists of others say about them.
with microsoft as (

    select * from {{ ref('graph_permission') }}

),

scubagear as (

    select * from {{ ref('scubagear_rating') }}

),

takeover as (

    select * from {{ ref('takeover_rating') }}

),

data_exposure as (

    select * from {{ ref('data_rating') }}

),

named as (

    select resource_app_id, permission_type, permission_id, permission_value from microsoft
    union all
    select resource_app_id, permission_type, permission_id, permission_value from scubagear
    union all
    select resource_app_id, permission_type, permission_id, permission_value from takeover
    union all
    select resource_app_id, permission_type, permission_id, permission_value from data_exposure

),

permissions as (

    select
        resource_app_id,
        permission_type,
        permission_id,
        max(permission_value) as permission_value
    from named
    group by resource_app_id, permission_type, permission_id

),

joined as (

    select
        permissions.resource_app_id,
        permissions.permission_type,
        permissions.permission_id,
        permissions.permission_value,
        scubagear.risk_level as scubagear_level,
        microsoft.privilege_level as microsoft_privilege_level
    from permissions
    left join microsoft
        on
            permissions.resource_app_id = microsoft.resource_app_id
            and permissions.permission_type = microsoft.permission_type
            and permissions.permission_id = microsoft.permission_id
    left join scubagear
        on
            permissions.resource_app_id = scubagear.resource_app_id
            and permissions.permission_type = scubagear.permission_type
            and permissions.permission_id = scubagear.permission_id

)

select * from joined
