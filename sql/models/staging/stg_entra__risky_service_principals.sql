with source as (

    select * from {{ source('entra', 'risky_service_principals') }}

),

renamed as (

    select
        tenant_id,
        id as service_principal_id,
        app_id,
        risk_level,
        risk_state,
        risk_detail,
        risk_last_updated_date_time as risk_updated_at,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
