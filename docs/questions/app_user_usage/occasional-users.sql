-- Who is assigned to an app and uses it now and then only?
select
    app.display_name,
    person.user_principal_name,
    usage.active_days_30,
    usage.active_days_90,
    usage.last_used_at
from app_user_usage as usage
inner join dim_app as app using (tenant_id, app_id)
inner join dim_user as person using (tenant_id, user_id)
where usage.is_assigned and usage.usage_level = 'occasional'
order by usage.active_days_30, app.display_name, person.user_principal_name
