-- Who owns an app: owners of its registration and of its service principal.
with service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

applications as (

    select * from {{ ref('int_application') }}

),

principals as (

    select * from {{ ref('int_principal') }}

),

owned as (

    select
        owners.tenant_id,
        service_principals.app_id,
        owners.owner_id
    from {{ ref('stg_entra__service_principal_owners') }} as owners
    inner join service_principals
        on
            owners.tenant_id = service_principals.tenant_id
            and owners.service_principal_id = service_principals.service_principal_id
    where owners.deleted_at is null

    union

    select
        owners.tenant_id,
        applications.app_id,
        owners.owner_id
    from {{ ref('stg_entra__application_owners') }} as owners
    inner join applications
        on
            owners.tenant_id = applications.tenant_id
            and owners.application_object_id = applications.application_object_id
    where owners.deleted_at is null

),

named as (

    select
        owned.tenant_id,
        owned.app_id,
        owned.owner_id,
        principals.principal_name as owner_name,
        principals.principal_type as owner_type
    from owned
    inner join principals
        on owned.tenant_id = principals.tenant_id and owned.owner_id = principals.principal_id

)

select * from named
