-- Which permissions and directory roles that apps hold lead to control of the tenant, and how?
select
    permission.permission_value,
    permission.permission_type,
    permission.takeover,
    permission.takeover_reason,
    string_agg(distinct app.display_name, ', ' order by app.display_name) as apps
from dim_permission as permission
inner join fct_permission as held using (tenant_id, permission_key)
inner join dim_app as app
    on held.tenant_id = app.tenant_id and held.app_id = app.app_id
where permission.takeover_tier in ('critical', 'high')
group by permission.permission_value, permission.permission_type, permission.takeover, permission.takeover_reason
order by permission.takeover desc, permission.permission_value, permission.permission_type
