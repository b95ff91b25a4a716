-- Whose app it is. Microsoft's own are known by owner tenant or app id, never by name: names are free to choose.
with apps as (

    select * from {{ ref('int_app_id') }}

),

service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

applications as (

    select * from {{ ref('int_application') }}

),

sign_ins as (

    select * from {{ ref('int_app_sign_in') }}

),

microsoft_apps as (

    select * from {{ ref('microsoft_app') }}

),

microsoft_tenants as (

    select * from {{ ref('microsoft_tenant') }}

),

owners as (

    select
        apps.tenant_id,
        apps.app_id,
        case
            when applications.app_id is not null then apps.tenant_id
            else coalesce(
                service_principals.owner_tenant_id, microsoft_apps.owner_tenant_id, sign_ins.owner_tenant_id
            )
        end as owner_tenant_id,
        microsoft_apps.app_id is not null as is_listed_as_microsoft,
        case
            when service_principals.service_principal_type = 'ManagedIdentity' then true
            when service_principals.service_principal_id is null then coalesce(sign_ins.is_managed_identity, false)
            else false
        end as is_managed_identity
    from apps
    left join service_principals
        on apps.tenant_id = service_principals.tenant_id and apps.app_id = service_principals.app_id
    left join applications
        on apps.tenant_id = applications.tenant_id and apps.app_id = applications.app_id
    left join sign_ins
        on apps.tenant_id = sign_ins.tenant_id and apps.app_id = sign_ins.app_id
    left join microsoft_apps
        on apps.app_id = microsoft_apps.app_id

),

judged as (

    select
        owners.tenant_id,
        owners.app_id,
        owners.owner_tenant_id,
        case
            when owners.owner_tenant_id = owners.tenant_id then 'own'
            when owners.is_listed_as_microsoft or microsoft_tenants.tenant_id is not null then 'microsoft'
            -- A managed identity belongs to a resource of the tenant and names no owner.
            when owners.is_managed_identity then 'own'
            when owners.owner_tenant_id is null then 'unknown'
            else 'third_party'
        end as ownership
    from owners
    left join microsoft_tenants
        on owners.owner_tenant_id = microsoft_tenants.tenant_id

)

select * from judged
