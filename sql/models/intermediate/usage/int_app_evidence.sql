-- What each rung of the ladder proves of an app's use, as the client or as the API that somebody's token was for.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

sign_ins as (

    select
        days.tenant_id,
        days.app_id,
        'sign_ins' as usage_source,
        min(days.first_success_at) as first_used_at,
        max(days.last_success_at) as last_used_at,
        max(days.last_at) as last_sign_in_at,
        coalesce(max(days.last_success_at) > max(tenants.lookback_from), false) as is_in_lookback
    from {{ ref('int_app_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    group by days.tenant_id, days.app_id

),

summaries as (

    select
        tenant_id,
        app_id,
        'summarized_sign_ins' as usage_source,
        min(case when result = 'success' then first_at end) as first_used_at,
        max(case when result = 'success' then first_at end) as last_used_at,
        max(first_at) as last_sign_in_at,
        {{ count_if("result = 'success' and is_in_lookback") }} > 0 as is_in_lookback
    from {{ ref('int_sign_in_summary') }}
    group by tenant_id, app_id

),

-- A success in a role that the report does not name counts as the client's, unless it is the API's.
successes as (

    select
        activities.*,
        greatest(
            activities.delegated_success_at,
            activities.app_only_success_at,
            case
                when activities.any_success_at > activities.resource_success_at or activities.resource_success_at is null
                    then activities.any_success_at
            end
        ) as success_at
    from {{ ref('int_app_reported_activity') }} as activities

),

reported as (

    select
        successes.tenant_id,
        successes.app_id,
        'activity_report' as usage_source,
        successes.success_at as first_used_at,
        successes.success_at as last_used_at,
        successes.last_attempt_at as last_sign_in_at,
        coalesce(successes.success_at > tenants.lookback_from, false) as is_in_lookback
    from successes
    inner join tenants
        on successes.tenant_id = tenants.tenant_id

),

as_client as (

    select * from sign_ins
    union all
    select * from summaries
    union all
    select * from reported

),

evidence as (

    select
        tenant_id,
        app_id,
        usage_source,
        'client' as app_role,
        first_used_at,
        last_used_at,
        last_sign_in_at,
        is_in_lookback
    from as_client

    union all

    select
        tenant_id,
        app_id,
        usage_source,
        'resource' as app_role,
        cast(null as timestamp with time zone) as first_used_at,
        last_used_at,
        cast(null as timestamp with time zone) as last_sign_in_at,
        is_in_lookback
    from {{ ref('int_app_resource_use') }}

),

rungs as (

    select distinct
        usage_rung,
        rung_order
    from {{ ref('usage_source') }}

)

select
    evidence.*,
    rungs.rung_order
from evidence
inner join rungs
    on evidence.usage_source = rungs.usage_rung
