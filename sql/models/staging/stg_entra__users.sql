with source as (

    select * from {{ source('entra', 'users') }}

),

renamed as (

    select
        tenant_id,
        id as user_id,
        user_principal_name,
        display_name,
        mail,
        department,
        job_title,
        company_name,
        country,
        employee_id,
        employee_type,
        lower(user_type) as user_type,
        account_enabled as is_enabled,
        on_premises_sync_enabled as is_synced,
        assigned_licenses,
        license_assignment_states,
        created_date_time as created_at,
        coalesce(_deleted_at, deleted_date_time) as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
