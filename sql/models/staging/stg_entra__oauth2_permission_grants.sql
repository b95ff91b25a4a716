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
        scope as scopes,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
