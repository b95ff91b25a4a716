-- One row per permission that a consent added, from the kinds of audit that tell of one.
with audits as (

    select * from {{ ref('int_consent_audit') }}

),

grants as (

    select
        *,
        {{ words('new_scopes') }} as permission_value
    from audits
    where activity_name = 'add delegated permission grant'

),

-- The text reads "[before] => [[Id: …, ConsentType: …, Scope: …], …]": an entry per grant.
sides as (

    select
        *,
        true as is_before,
        case when consent_text like '%=>%' then split_part(consent_text, '=>', 1) else '' end as side_text
    from audits
    where activity_name = 'consent to application'

    union all

    select
        *,
        false as is_before,
        case when consent_text like '%=>%' then split_part(consent_text, '=>', 2) else consent_text end as side_text
    from audits
    where activity_name = 'consent to application'

),

consents as (

    select
        *,
        {{ matches('side_text', 'PrincipalId: [^,\\]]*, ResourceId: [^,\\]]*, ConsentType: [^,\\]]*, Scope: [^,\\]]*') }} as entry
    from sides

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

-- A scope is consented to where the grant did not hold it before; another grant that did is another's.
compared as (

    select
        *,
        max(case when is_before then 1 else 0 end) over (
            partition by
                tenant_id, audit_id, entry_principal_id, entry_resource_id, entry_consent_type, lower(permission_value)
        ) = 1 as was_held
    from entries

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
    from compared
    where permission_value <> '' and not is_before and not was_held

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
    where activity_name = 'add app role assignment to service principal'

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
    where activity_name in ('add member to role', 'add scoped member to role') and grantee_id is not null

)

select * from events
