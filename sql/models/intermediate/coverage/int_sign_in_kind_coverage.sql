-- May "nobody signed in" be said of a sign-in kind, and on which rung of the ladder does that rest? If not, why not.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

sources as (

    select * from {{ ref('usage_source') }}

),

last_outcomes as (

    select * from {{ ref('int_collection_last_outcome') }}

),

coverages as (

    select * from {{ ref('int_collection_coverage') }}

),

windows as (

    select * from {{ ref('int_usage_window') }}

),

-- Days that single sign-ins do not cover may be covered by counts.
merged as (

    {{ merged_windows('windows', 'tenant_id, sign_in_kind') }}

),

counted as (

    select
        merged.tenant_id,
        merged.sign_in_kind,
        {{ total(overlap_seconds('merged.collected_from', 'merged.collected_to', 'tenants.lookback_from', 'tenants.as_of')) }}
        >= ({{ var('usage_lookback_days') }} * 24 - {{ var('coverage_tolerance_hours') }}) * 3600 as is_covered
    from merged
    inner join tenants
        on merged.tenant_id = tenants.tenant_id
    group by merged.tenant_id, merged.sign_in_kind

),

-- A report that works tells at least of the app that asks for it: one without any activity is broken, and not a tenant at rest.
told as (

    select distinct tenant_id
    from {{ ref('stg_entra__service_principal_sign_in_activities') }}
    where
        deleted_at is null
        and coalesce(
            any_attempt_at,
            any_success_at,
            delegated_client_attempt_at,
            delegated_client_success_at,
            app_only_client_attempt_at,
            app_only_client_success_at,
            delegated_resource_attempt_at,
            delegated_resource_success_at,
            app_only_resource_attempt_at,
            app_only_resource_success_at
        ) is not null

),

-- A report of last activities covers the window as long as it is fresh.
reported as (

    select
        tenants.tenant_id,
        sources.sign_in_kind
    from tenants
    inner join told
        on tenants.tenant_id = told.tenant_id
    inner join last_outcomes
        on tenants.tenant_id = last_outcomes.tenant_id
    inner join sources
        on last_outcomes.collection = sources.collection
    where
        sources.usage_rung = 'activity_report'
        and last_outcomes.last_complete_started_at
        >= {{ dbt.dateadd('hour', -1 * var('report_tolerance_hours'), 'tenants.as_of') }}

),

joined as (

    select
        tenants.tenant_id,
        sources.sign_in_kind,
        case
            when coverages.is_lookback_covered then 'sign_ins'
            when counted.is_covered then 'summarized_sign_ins'
            when reported.tenant_id is not null then 'activity_report'
            else 'none'
        end as usage_rung,
        case
            when last_outcomes.outcome is null then 'kind_not_collected'
            when last_outcomes.outcome = 'unlicensed' then 'no_licence'
            when last_outcomes.outcome = 'denied' then 'no_permission'
            when last_outcomes.outcome in ('partial', 'unavailable') then 'collection_failed'
            else 'window_not_covered'
        end as reason
    from tenants
    cross join sources
    left join last_outcomes
        on tenants.tenant_id = last_outcomes.tenant_id and sources.collection = last_outcomes.collection
    left join coverages
        on tenants.tenant_id = coverages.tenant_id and sources.collection = coverages.collection
    left join counted
        on tenants.tenant_id = counted.tenant_id and sources.sign_in_kind = counted.sign_in_kind
    left join reported
        on tenants.tenant_id = reported.tenant_id and sources.sign_in_kind = reported.sign_in_kind
    where sources.usage_rung = 'sign_ins'

),

judged as (

    select
        tenant_id,
        sign_in_kind,
        usage_rung,
        -- A report says when something was last used; single sign-ins and counts say everything.
        usage_rung in ('sign_ins', 'summarized_sign_ins') as is_covered,
        case when usage_rung = 'none' then reason end as uncovered_reason,
        -- A report names no people: of them nothing is known but by single sign-ins and counts.
        case when usage_rung not in ('sign_ins', 'summarized_sign_ins') then reason end as people_uncovered_reason
    from joined

)

select * from judged
