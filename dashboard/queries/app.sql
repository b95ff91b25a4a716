-- The app
-- Who it is, whether it is used, by whom, and how dangerous it is.
select
    app.*,
    used.last_used_as_resource_at,
    used.first_used_at,
    used.power_users,
    used.regular_users,
    used.occasional_users,
    used.known_days_60,
    used.known_days_90,
    risk.impact,
    risk.likelihood,
    risk.factors,
    risk.pattern_rated_permissions,
    dim.service_principal_id,
    dim.application_object_id,
    dim.sign_in_audience,
    dim.reply_urls,
    dim.credentials,
    dim.last_credential_ends_at,
    dim.is_app_id_known
from app_overview as app
inner join app_usage as used using (tenant_id, app_id)
inner join app_risk as risk using (tenant_id, app_id)
inner join dim_app as dim using (tenant_id, app_id)
where app.tenant_id = $tenant_id and app.app_id = $app_id
