-- Changed properties named by the audits of what apps are, hold and may do, and of who joins a group: one row per audit, target and
-- property. Of a million audits only these are taken apart.
with audits as (

    select
        *,
        {{ activity_name('activity') }} as activity_name
    from {{ ref('stg_entra__directory_audits') }}
    where result = 'success'

),

-- Entra uses one name for what it does to one app; it has a few dozen more for people, groups and devices.
telling as (

    select * from audits
    where
        activity_name in (
            'consent to application',
            'add delegated permission grant',
            'remove delegated permission grant',
            'add app role assignment to service principal',
            'remove app role assignment from service principal',
            'add application',
            'add service principal',
            'remove service principal',
            'restore service principal',
            'add service principal credentials',
            'remove service principal credentials',
            'create application - certificates and secrets management',
            'update application - certificates and secrets management',
            'update application',
            'update service principal',
            'add owner to application',
            'remove owner from application',
            'add owner to service principal',
            'remove owner from service principal',
            'add member to group',
            'add member to role',
            'add scoped member to role',
            'remove member from role',
            'remove scoped member from role'
        )

),

targets as (

    select
        tenant_id,
        audit_id,
        activity_name,
        {{ json_elements_else('target_resources', '[]') }} as target
    from telling

),

-- An audit without changed properties still names its targets: one property without a name keeps them.
properties as (

    select
        tenant_id,
        audit_id,
        activity_name,
        {{ json_text('target', 'id') }} as target_id,
        {{ json_text('target', 'type') }} as target_type,
        {{ json_text('target', 'displayName') }} as target_name,
        {{ json_elements_else(json_member('target', 'modifiedProperties'), '[{}]') }} as property
    from targets

),

-- Values are JSON inside JSON: text arrives in quotes of its own.
named as (

    select
        tenant_id,
        audit_id,
        activity_name,
        target_id,
        target_type,
        target_name,
        {{ json_text('property', 'displayName') }} as property_name,
        {{ unquoted(json_text('property', 'oldValue')) }} as old_value,
        {{ unquoted(json_text('property', 'newValue')) }} as new_value
    from properties

)

select * from named
