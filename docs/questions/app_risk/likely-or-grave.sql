-- Which apps are likely to be turned, and which would do the most harm if they were?
-- A high impact asks for a narrower permission, a high likelihood for a look at who is behind the app.
select
    app.display_name,
    risk.score,
    risk.band,
    risk.impact,
    risk.likelihood,
    used.usage_state
from app_risk as risk
inner join dim_app as app using (tenant_id, app_id)
inner join app_usage as used using (tenant_id, app_id)
where risk.is_scored
order by risk.score desc, app.display_name
limit 20
