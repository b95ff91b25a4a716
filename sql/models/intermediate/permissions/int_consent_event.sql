-- One row per permission that a consent added, from the kinds of audit that tell of one.
with audits as (

    select * from {{ ref('int_consent_audit') }}

),

grants as (

    select
        *,
        {{ words('new_scopes') }} as permission_value
    from audits
    where activity = 'Add delegated permission grant'

),

-- The text reads "[before] => [[Id: …, ConsentType: …, Scope: …], …]": an entry per grant.
consents as (

    select
        *,
        case when consent_text like '%=>%' then split_part(consent_text, '=>', 1) else '' end as before_text,
        {{ matches(
            "case when consent_text like '%=>%' then split_part(consent_text, '=>', 2) else consent_text end",
            'PrincipalId: [^,\\]]*, ResourceId: [^,\\]]*, ConsentType: [^,\\]]*, Scope: [^,\\]]*'
        ) }} as entry
    from audits
    where activity = 'Consent to application'

),

entries as (

    select
        *,
        nullif(trim(regexp_extract(entry, 'PrincipalId: ([^,]*)', 1)), '') as entry_principal_id,
        nullif(trim(regexp_extract(entry, 'ResourceId: ([^,]*)', 1)), '') as entry_resource_id,
        trim(regexp_extract(entry, 'ConsentType: ([^,]*)', 1)) as entry_consent_type,
        {{ words("regexp_extract(entry, 'Scope: (.*)', 1)") }} as permission_value
    from consents

),

events as (

    select
        tenant_id,
        audit_id,
        activity_at,
        actor_user_id,
        actor_service_principal_id,
        actor_name,
        is_admin_consent,
        grantee_id,
        resource_service_principal_id,
        'delegated' as permission_type,
        consent_type,
        target_user_id as principal_id,
        lower(permission_value) as permission
    from grants
    where not {{ has_word('old_scopes', 'permission_value') }}

    union all

    select
        tenant_id,
        audit_id,
        activity_at,
        actor_user_id,
        actor_service_principal_id,
        actor_name,
        is_admin_consent,
        grantee_id,
        entry_resource_id as resource_service_principal_id,
        'delegated' as permission_type,
        entry_consent_type as consent_type,
        entry_principal_id as principal_id,
        lower(permission_value) as permission
    from entries
    where
        permission_value <> ''
        and not {{ has_word('before_text', 'permission_value') }}

    union all

    select
        tenant_id,
        audit_id,
        activity_at,
        actor_user_id,
        actor_service_principal_id,
        actor_name,
        is_admin_consent,
        grantee_id,
        resource_service_principal_id,
        'application' as permission_type,
        cast(null as varchar) as consent_type,
        cast(null as varchar) as principal_id,
        coalesce(app_role_id, lower(app_role_value)) as permission
    from audits
    where activity = 'Add app role assignment to service principal'

    union all

    select
        tenant_id,
        audit_id,
        activity_at,
        actor_user_id,
        actor_service_principal_id,
        actor_name,
        is_admin_consent,
        grantee_id,
        cast(null as varchar) as resource_service_principal_id,
        'directory_role' as permission_type,
        cast(null as varchar) as consent_type,
        cast(null as varchar) as principal_id,
        coalesce(role_template_id, role_name) as permission
    from audits
    where activity in ('Add member to role', 'Add scoped member to role') and grantee_id is not null

)

select * from events
