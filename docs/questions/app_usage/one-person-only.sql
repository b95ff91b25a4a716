-- Which third-party apps does only one person use?
-- The person is named: whoever uses an app alone knows whether it can go.
select
    app.display_name,
    person.user_principal_name,
    usage.last_used_at,
    used.successes
from app_usage as used
inner join dim_app as app using (tenant_id, app_id)
inner join app_user_usage as usage using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
where used.active_users = 1 and usage.usage_state = 'used' and app.ownership = 'third_party'
order by usage.last_used_at desc, app.display_name
