-- Every change of an app that audits tell of, once. Entra logs one act several times: as the consent and as the grant it made, as the
-- update of a registration and of its service principal.
with events as (

    select
        tenant_id,
        audit_id,
        correlation_id,
        changed_at,
        app_id,
        app_name,
        change_kind,
        item,
        label,
        permission_key,
        permission_value,
        consent_type,
        principal_id,
        is_principal_guessed,
        changed_by,
        changed_by_id
    from {{ ref('int_permission_event') }}

    union all

    select
        tenant_id,
        audit_id,
        correlation_id,
        changed_at,
        app_id,
        app_name,
        change_kind,
        item,
        label,
        permission_key,
        permission_value,
        null as consent_type,
        null as principal_id,
        false as is_principal_guessed,
        changed_by,
        changed_by_id
    from {{ ref('int_app_event') }}

    union all

    select
        tenant_id,
        audit_id,
        null as correlation_id,
        changed_at,
        app_id,
        app_name,
        'credential_' || change as change_kind,
        case when credential_kind = 'federated credential' then key_id else lower(key_id) end as item,
        credential_kind || coalesce(' ' || display_name, '')
        || case when credential_kind = 'federated credential' then ' (' || key_id || ')' else '' end as label,
        null as permission_key,
        null as permission_value,
        null as consent_type,
        null as principal_id,
        false as is_principal_guessed,
        changed_by,
        changed_by_id
    from {{ ref('int_credential_event') }}

),

-- The opposite change in between makes it another one, however short a time later.
opposed as (

    select
        *,
        lag(change_kind) over (
            partition by tenant_id, app_id, {{ change_subject('change_kind') }}, item
            order by changed_at, audit_id, change_kind
        ) as kind_before,
        lag(changed_at) over (
            partition by tenant_id, app_id, {{ change_subject('change_kind') }}, item
            order by changed_at, audit_id, change_kind
        ) as changed_before,
        lag(correlation_id) over (
            partition by tenant_id, app_id, {{ change_subject('change_kind') }}, item
            order by changed_at, audit_id, change_kind
        ) as correlation_before
    from events

),

firsts as (

    select
        tenant_id,
        audit_id,
        changed_at,
        app_id,
        app_name,
        change_kind,
        item,
        label,
        permission_key,
        permission_value,
        consent_type,
        principal_id,
        is_principal_guessed,
        changed_by,
        changed_by_id
    from opposed
    where
        kind_before is distinct from change_kind
        or (
            changed_at > {{ dbt.dateadd('hour', var('change_tolerance_hours'), 'changed_before') }}
            and coalesce(correlation_id <> correlation_before, true)
        )

)

select * from firsts
