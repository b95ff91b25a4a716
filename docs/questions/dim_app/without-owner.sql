-- Which apps of our own does nobody own?
select
    app.display_name,
    app.created_at,
    app.credentials,
    used.usage_state,
    risk.score
from dim_app as app
inner join app_usage as used using (tenant_id, app_id)
inner join app_risk as risk using (tenant_id, app_id)
where app.ownership = 'own' and app.app_kind = 'application' and app.owners = 0
order by risk.score desc, app.display_name
