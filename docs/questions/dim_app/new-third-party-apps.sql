-- Which third-party apps came into the tenant within the last 30 days?
select
    app.display_name,
    app.publisher_name,
    app.is_publisher_verified,
    app.created_at,
    risk.score
from dim_app as app
inner join app_usage as used using (tenant_id, app_id)
inner join app_risk as risk using (tenant_id, app_id)
where app.ownership = 'third_party' and app.created_at >= used.window_to - interval 30 day
order by app.created_at desc, app.display_name
