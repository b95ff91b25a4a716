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
        apps.ownership in ('third_party', 'unknown') and apps.has_service_principal as is_foreign,
        apps.ownership,
        apps.is_publisher_verified,
        apps.created_at,
        tenants.as_of,
        tenants.recent_from
    from apps
    left join tenants
        on apps.tenant_id = tenants.tenant_id

)

select * from scoped
