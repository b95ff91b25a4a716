-- When an app was last used by the reports of last activities: as client of people's tokens and of its own, and otherwise
-- (as the API, or in a role that the report does not name). An attempt is known to have succeeded only where a success is
-- given: without one it is open what became of an attempt. What a report told once happened, whether or not it still names the
-- app: rows that are gone count like the others, or one short answer would make used apps unused.
with activities as (

    select * from {{ ref('stg_entra__service_principal_sign_in_activities') }}
    where app_id is not null

),

credentials as (

    select * from {{ ref('stg_entra__app_credential_sign_in_activities') }}
    where app_id is not null

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

-- The activity in any role repeats the newest of the others; what it says beyond them has no role.
united as (

    select
        tenant_id,
        app_id,
        delegated_client_attempt_at as delegated_attempt_at,
        delegated_client_success_at as delegated_success_at,
        app_only_client_attempt_at as app_only_attempt_at,
        app_only_client_success_at as app_only_success_at,
        greatest(delegated_resource_attempt_at, app_only_resource_attempt_at) as resource_attempt_at,
        greatest(delegated_resource_success_at, app_only_resource_success_at) as resource_success_at,
        any_attempt_at,
        any_success_at
    from activities

    union all

    select
        tenant_id,
        app_id,
        cast(null as timestamp with time zone) as delegated_attempt_at,
        cast(null as timestamp with time zone) as delegated_success_at,
        last_attempt_at as app_only_attempt_at,
        last_successful_at as app_only_success_at,
        cast(null as timestamp with time zone) as resource_attempt_at,
        cast(null as timestamp with time zone) as resource_success_at,
        cast(null as timestamp with time zone) as any_attempt_at,
        cast(null as timestamp with time zone) as any_success_at
    from credentials

),

newest as (

    select
        tenant_id,
        app_id,
        max(delegated_attempt_at) as delegated_attempt_at,
        max(delegated_success_at) as delegated_success_at,
        max(app_only_attempt_at) as app_only_attempt_at,
        max(app_only_success_at) as app_only_success_at,
        max(resource_attempt_at) as resource_attempt_at,
        max(resource_success_at) as resource_success_at,
        max(any_attempt_at) as any_attempt_at,
        max(any_success_at) as any_success_at
    from united
    group by tenant_id, app_id

),

judged as (

    select
        newest.tenant_id,
        newest.app_id,
        newest.delegated_success_at,
        newest.app_only_success_at,
        newest.resource_success_at,
        newest.any_success_at,
        greatest(
            newest.delegated_attempt_at,
            newest.delegated_success_at,
            newest.app_only_attempt_at,
            newest.app_only_success_at,
            newest.any_attempt_at,
            newest.any_success_at
        ) as last_attempt_at,
        coalesce(newest.delegated_attempt_at > tenants.lookback_from, false)
        and newest.delegated_success_at is null as is_delegated_open,
        coalesce(newest.app_only_attempt_at > tenants.lookback_from, false)
        and newest.app_only_success_at is null as is_app_only_open,
        (coalesce(newest.resource_attempt_at > tenants.lookback_from, false) and newest.resource_success_at is null)
        or (
            coalesce(newest.any_attempt_at > tenants.lookback_from, false)
            and newest.any_success_at is null
            and coalesce(
                newest.any_attempt_at
                > greatest(newest.delegated_attempt_at, newest.app_only_attempt_at, newest.resource_attempt_at),
                true
            )
        ) as is_otherwise_open
    from newest
    inner join tenants
        on newest.tenant_id = tenants.tenant_id

)

select * from judged
