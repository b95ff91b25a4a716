-- Whoever can own something or hold a role, and is not deleted, with a name.
with principals as (

    select
        tenant_id,
        user_id as principal_id,
        coalesce(display_name, user_principal_name, user_id) as principal_name,
        coalesce(user_type, 'member') as principal_type
    from {{ ref('stg_entra__users') }}
    where deleted_at is null

    union all

    select
        tenant_id,
        service_principal_id as principal_id,
        coalesce(display_name, app_id) as principal_name,
        'app' as principal_type
    from {{ ref('int_service_principal') }}
    where deleted_at is null

)

select * from principals
