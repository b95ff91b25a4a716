-- Which apps have the most monthly users, and how is that going?
select
    app.display_name,
    used.monthly_active_users,
    used.previous_monthly_active_users,
    used.trend,
    used.trend_percent,
    used.weekly_active_users,
    used.usage_level
from app_usage as used
inner join dim_app as app using (tenant_id, app_id)
where used.monthly_active_users > 0
order by used.monthly_active_users desc, app.display_name
limit 20
