-- Which apps did nobody use for 30 days, and when was the last time?
-- `unused` is proven: every kind of sign-in that the app could use was collected for the whole window.
select
    app.display_name,
    app.ownership,
    used.last_used_at,
    date_diff('day', used.last_used_at, used.window_to) as days_since,
    used.failures,
    used.usage_source
from app_usage as used
inner join dim_app as app using (tenant_id, app_id)
where used.usage_state = 'unused'
order by used.last_used_at nulls first, app.display_name
