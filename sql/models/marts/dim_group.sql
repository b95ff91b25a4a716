with groups as (

    select * from {{ ref('stg_entra__groups') }}

),

columns_of_groups as (

    select
        tenant_id,
        group_id,
        display_name,
        description,
        mail,
        group_kind,
        is_dynamic,
        is_mail_enabled,
        is_security_enabled,
        is_assignable_to_role,
        is_synced,
        created_at,
        deleted_at,
        deleted_at is not null as is_deleted
    from groups

)

select * from columns_of_groups
