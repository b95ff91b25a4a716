with source as (

    select * from {{ source('entra', 'user_sign_in_activity') }}

),

renamed as (

    select
        tenant_id,
        id as user_id,
        -- Attempts, whatever became of them: interactive ones, and those of apps in the person's name.
        sign_in_activity__last_sign_in_date_time as last_interactive_at,
        sign_in_activity__last_non_interactive_sign_in_date_time as last_non_interactive_at,
        sign_in_activity__last_successful_sign_in_date_time as last_successful_at,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
