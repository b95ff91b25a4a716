-- Who signed in to the apps of the worst bands within the last seven days?
select
    app.display_name,
    coalesce(person.user_principal_name, day.principal_id) as who,
    day.sign_in_date,
    day.sign_in_kind,
    day.successes,
    day.failures
from fct_app_user_day as day
inner join app_risk as risk using (tenant_id, app_id)
inner join app_usage as used using (tenant_id, app_id)
inner join dim_app as app using (tenant_id, app_id)
left join dim_user as person
    on day.tenant_id = person.tenant_id and day.principal_id = person.user_id
where risk.band in ('high', 'critical') and day.sign_in_date >= used.window_to - interval 7 day
order by day.sign_in_date desc, app.display_name, who
