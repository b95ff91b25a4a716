-- Which dangerous permissions are held and verifiably not used?
-- They can be taken back without anybody noticing. A permission of which nobody can tell is not in the list.
select
    app.display_name,
    held.permission_value,
    held.permission_type,
    held.tier,
    held.use_source,
    held.last_used_at,
    held.source_id
from fct_permission as held
inner join dim_app as app using (tenant_id, app_id)
where held.use_state = 'unused' and held.tier in ('critical', 'high')
order by held.tier, app.display_name, held.permission_value, held.source_id
