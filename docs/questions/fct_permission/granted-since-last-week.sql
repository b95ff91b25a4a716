-- What was granted within the last seven days, and by whom?
select
    coalesce(held.consented_at, held.granted_at) as granted_at,
    app.display_name,
    held.permission_value,
    held.tier,
    held.permission_type,
    coalesce(held.consented_by, 'not on record') as consented_by
from fct_permission as held
inner join dim_app as app using (tenant_id, app_id)
inner join app_usage as used using (tenant_id, app_id)
where coalesce(held.consented_at, held.granted_at) >= used.window_to - interval 7 day
order by granted_at desc, app.display_name, held.permission_value
