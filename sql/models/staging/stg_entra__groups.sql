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

kinds as (

    select
        *,
        case
            when is_unified then 'microsoft_365'
            when not is_mail_enabled and is_security_enabled then 'security'
            when is_security_enabled then 'mail_enabled_security'
            else 'distribution'
        end as group_kind
    from renamed

)

select * from kinds
