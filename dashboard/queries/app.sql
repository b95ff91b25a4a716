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
    dim.is_app_id_known,
    not exists (
        select 1
        from coverage as collection
        where
            collection.tenant_id = app.tenant_id and collection.known_to is null
            and collection.collection = 'app_role_assigned_to'
    ) as are_assignments_known,
    -- Of an app of another tenant, its service principal tells all that can be known here; a managed identity has no registration.
    not exists (
        select 1
        from coverage as collection
        where
            collection.tenant_id = app.tenant_id and collection.known_to is null
            and (
                collection.collection = 'service_principals'
                or (
                    collection.collection = 'applications'
                    and app.ownership in ('own', 'unknown') and app.app_kind <> 'managed_identity'
                )
            )
    ) as is_registration_known
from app_overview as app
inner join app_usage as used using (tenant_id, app_id)
inner join app_risk as risk using (tenant_id, app_id)
inner join dim_app as dim using (tenant_id, app_id)
where app.tenant_id = $tenant_id and app.app_id = $app_id
