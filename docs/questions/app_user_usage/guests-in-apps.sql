-- Which guests use which apps?
select
    person.user_principal_name,
    app.display_name,
    usage.last_used_at,
    usage.is_assigned
from app_user_usage as usage
inner join dim_user as person using (tenant_id, user_id)
inner join dim_app as app using (tenant_id, app_id)
where person.user_type = 'guest' and usage.usage_state = 'used'
order by usage.last_used_at desc, app.display_name
