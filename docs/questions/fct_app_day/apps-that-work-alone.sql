-- Which apps worked in their own name within the last seven days, without anybody there?
select
    app.display_name,
    app.ownership,
    count(*) as days,
    sum(day.successes) as successes,
    max(day.last_success_at) as last_success_at
from fct_app_day as day
inner join app_usage as used using (tenant_id, app_id)
inner join dim_app as app using (tenant_id, app_id)
where
    day.sign_in_kind in ('service_principal', 'managed_identity')
    and day.is_used
    and day.sign_in_date >= used.window_to - interval 7 day
group by app.tenant_id, app.app_id, app.display_name, app.ownership
order by successes desc nulls last, app.display_name
