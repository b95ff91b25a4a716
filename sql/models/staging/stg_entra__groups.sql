with source as (

    select * from {{ source('entra', 'groups') }}

),

renamed as (

    select
        tenant_id,
        id as group_id,
        display_name,
        description,
        mail,
        coalesce(cast(group_types as varchar) like '%"Unified"%', false) as is_unified,
        coalesce(cast(group_types as varchar) like '%"DynamicMembership"%', false) as is_dynamic,
        coalesce(mail_enabled, false) as is_mail_enabled,
        coalesce(security_enabled, false) as is_security_enabled,
        coalesce(is_assignable_to_role, false) as is_assignable_to_role,
        coalesce(on_premises_sync_enabled, false) as is_synced,
        created_date_time as created_at,
        coalesce(_deleted_at, deleted_date_time) as deleted_at,
        _removed_reason as removed_reason
    from source

),

-- Microsoft 365 groups and security groups only: mail-enabled security groups and distribution lists give no access to apps.
kept as (

    select
        *,
        case when is_unified then 'microsoft_365' else 'security' end as group_kind
    from renamed
    where is_unified or (is_security_enabled and not is_mail_enabled)

)

select * from kept
