-- The apps that are scored: everything that is there but Microsoft's own, which the tenant did not choose and cannot judge.
with apps as (

    select * from {{ ref('dim_app') }}
    where ownership <> 'microsoft' and not is_deleted

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

scoped as (

    select
        apps.tenant_id,
        apps.app_id,
        apps.display_name,
        apps.app_kind,
        apps.ownership,
        apps.ownership in ('third_party', 'unknown') and apps.has_service_principal as is_foreign,
        apps.ownership = 'own' and apps.app_kind <> 'managed_identity' as is_own,
        apps.has_service_principal,
        apps.is_publisher_verified,
        apps.homepage_url,
        apps.sign_in_audience,
        apps.owners,
        apps.owner_names,
        apps.guest_owners,
        apps.entra_risk_level,
        apps.entra_risk_state,
        apps.disabled_by_microsoft_status,
        apps.created_at,
        coalesce(apps.created_at, apps.first_seen_at) as known_since,
        tenants.as_of,
        tenants.recent_from,
        {{ dbt.dateadd('day', -1 * var('new_risk_days'), 'tenants.as_of') }} as new_from,
        {{ dbt.dateadd('day', -1 * var('recent_credential_days'), 'tenants.as_of') }} as recent_credential_from,
        {{ dbt.dateadd('day', -1 * var('recent_owner_days'), 'tenants.as_of') }} as recent_owner_from,
        {{ dbt.dateadd('day', -1 * var('recent_place_days'), 'tenants.as_of') }} as recent_place_from
    from apps
    left join tenants
        on apps.tenant_id = tenants.tenant_id

)

select * from scoped
