-- Changed properties named by the audits of consents, of roles given and of new apps: one row per audit, target and property.
with audits as (

    select * from {{ ref('stg_entra__directory_audits') }}
    where
        result = 'success'
        and activity in (
            'Consent to application',
            'Add delegated permission grant',
            'Add app role assignment to service principal',
            'Add member to role',
            'Add scoped member to role',
            'Add service principal'
        )

),

targets as (

    select
        tenant_id,
        audit_id,
        {{ json_elements('target_resources') }} as target
    from audits

),

-- An audit without changed properties still names its targets: one property without a name keeps them.
properties as (

    select
        tenant_id,
        audit_id,
        {{ json_text('target', 'id') }} as target_id,
        {{ json_text('target', 'type') }} as target_type,
        {{ json_elements("coalesce(nullif(" ~ json_member('target', 'modifiedProperties') ~ ", '[]'), '[{}]')") }}
            as property
    from targets

),

-- Values are JSON inside JSON: text arrives in quotes of its own.
named as (

    select
        tenant_id,
        audit_id,
        target_id,
        target_type,
        {{ json_text('property', 'displayName') }} as property_name,
        {{ unquoted(json_text('property', 'oldValue')) }} as old_value,
        {{ unquoted(json_text('property', 'newValue')) }} as new_value
    from properties

)

select * from named
