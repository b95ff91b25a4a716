-- Which of the most dangerous permissions does any app hold?
select
    permission.permission_value,
    permission.permission_type,
    permission.tier,
    count(distinct held.app_id) as apps,
    string_agg(distinct app.display_name, ', ' order by app.display_name) as names
from dim_permission as permission
inner join fct_permission as held using (tenant_id, permission_key)
inner join dim_app as app
    on held.tenant_id = app.tenant_id and held.app_id = app.app_id
where permission.tier in ('critical', 'high')
group by permission.permission_value, permission.permission_type, permission.tier
order by permission.tier, apps desc, permission.permission_value
