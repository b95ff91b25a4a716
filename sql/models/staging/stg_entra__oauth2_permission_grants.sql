with source as (

    select * from {{ source('entra', 'oauth2_permission_grants') }}

),

renamed as (

    select
        tenant_id,
        id as grant_id,
        client_id as client_service_principal_id,
        resource_id as resource_service_principal_id,
        consent_type,
        principal_id,
        scope as scopes
    from source

)

select * from renamed
