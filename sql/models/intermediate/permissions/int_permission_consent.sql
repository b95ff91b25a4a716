-- The newest audited consent of each held permission.
with held as (

    select * from {{ ref('int_permission_held') }}

),

events as (

    select * from {{ ref('int_consent_event') }}

),

matched as (

    select
        held.tenant_id,
        held.app_id,
        held.source_id,
        held.permission_key,
        events.activity_at as consented_at,
        events.actor_user_id as consented_by_user_id,
        events.actor_service_principal_id as consented_by_service_principal_id,
        events.actor_name as consented_by,
        events.is_admin_consent,
        row_number() over (
            partition by held.tenant_id, held.app_id, held.source_id, held.permission_key
            order by events.activity_at desc, events.is_admin_consent desc nulls last, events.audit_id
        ) as newness
    from held
    inner join events
        on
            held.tenant_id = events.tenant_id
            and held.permission_type = events.permission_type
            and held.grantee_id = events.grantee_id
            and events.permission in (lower(held.permission_value), held.permission_id)
    where
        (
            events.resource_service_principal_id is null
            or held.resource_service_principal_id = events.resource_service_principal_id
        )
        and (held.consent_type is null or events.consent_type is null or held.consent_type = events.consent_type)
        -- One person's consent is theirs alone: another's audit says nothing of it.
        and (held.principal_id is null or held.principal_id in (events.principal_id, events.actor_user_id))

),

newest as (

    select * from matched
    where newness = 1

)

select * from newest
