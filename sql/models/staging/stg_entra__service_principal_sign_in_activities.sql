with source as (

    select * from {{ source('entra', 'service_principal_sign_in_activities') }}

),

-- Of each role that an app can play: its last attempt, whatever became of it, and its last success.
renamed as (

    select
        tenant_id,
        id as activity_id,
        nullif(app_id, '') as app_id,
        greatest(
            last_sign_in_activity__last_sign_in_date_time,
            last_sign_in_activity__last_non_interactive_sign_in_date_time
        ) as any_attempt_at,
        last_sign_in_activity__last_successful_sign_in_date_time as any_success_at,
        greatest(
            delegated_client_sign_in_activity__last_sign_in_date_time,
            delegated_client_sign_in_activity__last_non_interactive_sign_in_date_time
        ) as delegated_client_attempt_at,
        delegated_client_sign_in_activity__last_successful_sign_in_date_time as delegated_client_success_at,
        greatest(
            application_authentication_client_sign_in_activity__last_sign_in_date_time,
            application_authentication_client_sign_in_activity__last_non_interactive_sign_in_date_time
        ) as app_only_client_attempt_at,
        application_authentication_client_sign_in_activity__last_successful_sign_in_date_time as app_only_client_success_at,
        greatest(
            delegated_resource_sign_in_activity__last_sign_in_date_time,
            delegated_resource_sign_in_activity__last_non_interactive_sign_in_date_time
        ) as delegated_resource_attempt_at,
        delegated_resource_sign_in_activity__last_successful_sign_in_date_time as delegated_resource_success_at,
        greatest(
            application_authentication_resource_sign_in_activity__last_sign_in_date_time,
            application_authentication_resource_sign_in_activity__last_non_interactive_sign_in_date_time
        ) as app_only_resource_attempt_at,
        application_authentication_resource_sign_in_activity__last_successful_sign_in_date_time as app_only_resource_success_at,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
