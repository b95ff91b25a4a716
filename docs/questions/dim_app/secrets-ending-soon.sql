-- Which apps lose their last secret or certificate within 30 days?
select
    app.display_name,
    app.last_credential_ends_at,
    date_diff('day', used.window_to, app.last_credential_ends_at) as days_left,
    app.owner_names,
    used.usage_state
from dim_app as app
inner join app_usage as used using (tenant_id, app_id)
where app.last_credential_ends_at between used.window_to and used.window_to + interval 30 day
order by app.last_credential_ends_at, app.display_name
