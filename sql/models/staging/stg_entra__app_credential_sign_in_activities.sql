with source as (

    select * from {{ source('entra', 'app_credential_sign_in_activities') }}

),

renamed as (

    select
        tenant_id,
        id as credential_activity_id,
        nullif(app_id, '') as app_id,
        key_id,
        credential_origin,
        greatest(
            sign_in_activity__last_sign_in_date_time, sign_in_activity__last_non_interactive_sign_in_date_time
        ) as last_attempt_at,
        sign_in_activity__last_successful_sign_in_date_time as last_successful_at,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
