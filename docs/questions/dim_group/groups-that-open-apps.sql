-- Which groups give people access to which apps, and how many of them use it?
select
    circle.display_name as group_name,
    circle.members,
    app.display_name as app,
    count(*) as people_through_it,
    count(*) filter (where usage.usage_state = 'used') as using_it
from dim_group as circle
inner join app_user_usage as usage using (tenant_id, group_id)
inner join dim_app as app using (tenant_id, app_id)
group by circle.tenant_id, circle.group_id, circle.display_name, circle.members, app.app_id, app.display_name
order by group_name, app
