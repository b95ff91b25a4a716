with users as (

    select * from {{ ref('stg_entra__users') }}

),

columns_of_people as (

    select
        tenant_id,
        user_id,
        user_principal_name,
        display_name,
        mail,
        department,
        job_title,
        company_name,
        country,
        employee_type,
        user_type,
        is_enabled,
        coalesce(is_synced, false) as is_synced,
        created_at,
        deleted_at,
        deleted_at is not null as is_deleted
    from users

)

select * from columns_of_people
