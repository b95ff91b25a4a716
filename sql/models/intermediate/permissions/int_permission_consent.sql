-- The newest audited consent of each held permission. An app may hold what half a million people consented to one by one: events are
-- matched by whole keys, and only the newest of each key.
with held as (

    select * from {{ ref('int_permission_held') }}

),

events as (

    select * from {{ ref('int_consent_event') }}

),

-- Audits name a permission by its value or by its id.
named as (

    select
        *,
        lower(permission_value) as permission
    from held

    union all

    select
        *,
        permission_id as permission
    from held
    where permission_id is distinct from lower(permission_value)

),

-- One person's consent is theirs alone: another's audit says nothing of it. The audit may name the person as whom it was granted
-- for, or only as who did it.
personal_events as (

    select
        *,
        principal_id as person_id
    from events
    where principal_id is not null and coalesce(consent_type, 'Principal') = 'Principal'

    union all

    select
        *,
        actor_user_id as person_id
    from events
    where
        actor_user_id is not null
        and actor_user_id is distinct from principal_id
        and coalesce(consent_type, 'Principal') = 'Principal'

),

personal_ranked as (

    select
        *,
        row_number() over (
            partition by
                tenant_id, permission_type, grantee_id, permission, resource_service_principal_id, person_id
            order by activity_at desc, is_admin_consent desc nulls last, audit_id
        ) as newness
    from personal_events

),

general_ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, permission_type, grantee_id, permission, resource_service_principal_id
            order by activity_at desc, is_admin_consent desc nulls last, audit_id
        ) as newness
    from events
    where coalesce(consent_type, 'AllPrincipals') = 'AllPrincipals'

),

matched as (

    select
        named.tenant_id,
        named.app_id,
        named.source_id,
        named.permission_key,
        named.resource_service_principal_id as held_resource_id,
        events.resource_service_principal_id as consented_resource_id,
        events.audit_id,
        events.activity_at,
        events.actor_user_id,
        events.actor_service_principal_id,
        events.actor_name,
        events.is_admin_consent
    from named
    inner join general_ranked as events
        on
            named.tenant_id = events.tenant_id
            and named.permission_type = events.permission_type
            and named.grantee_id = events.grantee_id
            and named.permission = events.permission
            and events.newness = 1
    where coalesce(named.consent_type, 'AllPrincipals') = 'AllPrincipals'

    union all

    select
        named.tenant_id,
        named.app_id,
        named.source_id,
        named.permission_key,
        named.resource_service_principal_id as held_resource_id,
        events.resource_service_principal_id as consented_resource_id,
        events.audit_id,
        events.activity_at,
        events.actor_user_id,
        events.actor_service_principal_id,
        events.actor_name,
        events.is_admin_consent
    from named
    inner join personal_ranked as events
        on
            named.tenant_id = events.tenant_id
            and named.permission_type = events.permission_type
            and named.grantee_id = events.grantee_id
            and named.permission = events.permission
            and named.principal_id = events.person_id
            and events.newness = 1
    where named.consent_type = 'Principal'

),

ranked as (

    select
        tenant_id,
        app_id,
        source_id,
        permission_key,
        activity_at as consented_at,
        actor_user_id as consented_by_user_id,
        actor_service_principal_id as consented_by_service_principal_id,
        actor_name as consented_by,
        is_admin_consent,
        row_number() over (
            partition by tenant_id, app_id, source_id, permission_key
            order by activity_at desc, is_admin_consent desc nulls last, audit_id
        ) as newness
    from matched
    where consented_resource_id is null or held_resource_id = consented_resource_id

),

newest as (

    select * from ranked
    where newness = 1

)

select * from newest
