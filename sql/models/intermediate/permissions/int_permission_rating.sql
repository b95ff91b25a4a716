-- What the three lists say about a permission, and the tier that follows:
-- 1. the project's own rating, where there is one;
-- 2. else ScubaGear's level, raised to high where Microsoft's privilege level is 4 or 5;
-- 3. else Microsoft's privilege level alone: 5 and 4 high, 3 medium, 2 and 1 low;
-- 4. else unrated.
-- Level 3 raises nothing: Microsoft gives it to four permissions of five, so that it says little.
with microsoft as (

    select * from {{ ref('graph_permission') }}

),

scubagear as (

    select * from {{ ref('scubagear_rating') }}

),

project as (

    select * from {{ ref('project_rating') }}

),

ids as (

    select resource_app_id, permission_type, permission_id, permission_value from microsoft
    union all
    select resource_app_id, permission_type, permission_id, permission_value from scubagear
    union all
    select resource_app_id, permission_type, permission_id, permission_value from project

),

permissions as (

    select
        resource_app_id,
        permission_type,
        permission_id,
        max(permission_value) as permission_value
    from ids
    group by resource_app_id, permission_type, permission_id

),

joined as (

    select
        permissions.resource_app_id,
        permissions.permission_type,
        permissions.permission_id,
        permissions.permission_value,
        microsoft.privilege_level as microsoft_privilege_level,
        scubagear.risk_level as scubagear_level,
        project.tier as project_tier,
        project.reason as project_reason
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
    left join project
        on
            permissions.resource_app_id = project.resource_app_id
            and permissions.permission_type = project.permission_type
            and permissions.permission_id = project.permission_id

),

rated as (

    select
        *,
        case
            when project_tier is not null then project_tier
            when scubagear_level in ('low', 'medium') and microsoft_privilege_level >= 4 then 'high'
            when scubagear_level is not null then scubagear_level
            when microsoft_privilege_level >= 4 then 'high'
            when microsoft_privilege_level = 3 then 'medium'
            when microsoft_privilege_level in (1, 2) then 'low'
            else 'unrated'
        end as tier,
        case
            when project_tier is not null then 'project'
            when scubagear_level in ('low', 'medium') and microsoft_privilege_level >= 4 then 'microsoft'
            when scubagear_level is not null then 'scubagear'
            when microsoft_privilege_level is not null then 'microsoft'
            else 'none'
        end as rating_source
    from joined

)

select * from rated
