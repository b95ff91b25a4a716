-- One row per delegated grant in force and scope. Graph's scope text has leading and double spaces and repeats itself.
with grants as (

    select * from {{ ref('stg_entra__oauth2_permission_grants') }}
    where deleted_at is null

),

split as (

    select
        tenant_id,
        grant_id,
        client_service_principal_id,
        resource_service_principal_id,
        consent_type,
        principal_id,
        {{ words('scopes') }} as permission_value
    from grants

),

spelled as (

    select
        tenant_id,
        grant_id,
        client_service_principal_id,
        resource_service_principal_id,
        consent_type,
        principal_id,
        min(permission_value) as permission_value
    from split
    where permission_value <> ''
    group by
        tenant_id,
        grant_id,
        client_service_principal_id,
        resource_service_principal_id,
        consent_type,
        principal_id,
        lower(permission_value)

)

select * from spelled
