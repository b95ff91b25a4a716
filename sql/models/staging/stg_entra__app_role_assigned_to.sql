with source as (

    select * from {{ source('entra', 'app_role_assigned_to') }}

),

renamed as (

    select
        tenant_id,
        id as assignment_id,
        app_role_id,
        principal_id,
        principal_type,
        principal_display_name,
        resource_id as resource_service_principal_id,
        resource_display_name,
        created_date_time as created_at,
        coalesce(_deleted_at, deleted_date_time) as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
