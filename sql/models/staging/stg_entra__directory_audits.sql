with source as (

    select * from {{ source('entra', 'directory_audits') }}

),

renamed as (

    select
        tenant_id,
        id as audit_id,
        activity_date_time as activity_at,
        activity_display_name as activity,
        category,
        correlation_id,
        logged_by_service,
        operation_type,
        lower(result) as result,
        target_resources,
        initiated_by__user__id as actor_user_id,
        initiated_by__user__user_principal_name as actor_user_principal_name,
        initiated_by__app__service_principal_id as actor_service_principal_id,
        initiated_by__app__display_name as actor_app_name
    from source

)

select * from renamed
