-- Which groups have no owner although they open an app or may hold directory roles?
with opening as (

    select
        tenant_id,
        group_id,
        count(distinct app_id) as apps
    from app_user_usage
    where group_id is not null
    group by tenant_id, group_id

)

select
    circle.display_name,
    circle.group_kind,
    circle.members,
    coalesce(opening.apps, 0) as apps,
    circle.is_assignable_to_role
from dim_group as circle
left join opening using (tenant_id, group_id)
where circle.owners = 0 and not circle.is_deleted and (opening.apps > 0 or circle.is_assignable_to_role)
order by apps desc, circle.display_name
