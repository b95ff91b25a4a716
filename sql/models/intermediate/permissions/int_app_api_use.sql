-- What an app did with an API by the sign-ins: one row per app, API and in whose name its tokens were, a person's
-- (`delegated`) or its own (`app_only`). Counts by day stand in on the days that they answer for; they never name the
-- scopes that were issued.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

summarized_days as (

    select * from {{ ref('int_kind_day') }}
    where usage_rung = 'summarized_sign_ins'

),

sign_ins as (

    select
        days.tenant_id,
        days.app_id,
        days.resource_app_id,
        days.sign_in_kind,
        days.last_success_at,
        days.last_success_at > tenants.lookback_from as is_in_lookback,
        days.sign_in_date >= {{ utc_date('tenants.lookback_from') }} and summarized_days.tenant_id is null as is_counted,
        days.successes,
        days.successes_with_scopes
    from {{ ref('int_app_resource_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    left join summarized_days
        on
            days.tenant_id = summarized_days.tenant_id
            and days.sign_in_kind = summarized_days.sign_in_kind
            and days.sign_in_date = summarized_days.sign_in_date
    where days.successes > 0

),

summaries as (

    select
        summaries.tenant_id,
        summaries.app_id,
        summaries.resource_app_id,
        summaries.sign_in_kind,
        summaries.first_at as last_success_at,
        summaries.is_in_lookback,
        summaries.is_in_lookback and summarized_days.tenant_id is not null as is_counted,
        summaries.sign_ins as successes,
        cast(0 as bigint) as successes_with_scopes
    from {{ ref('int_sign_in_summary') }} as summaries
    left join summarized_days
        on
            summaries.tenant_id = summarized_days.tenant_id
            and summaries.sign_in_kind = summarized_days.sign_in_kind
            and summaries.sign_in_date = summarized_days.sign_in_date
    where summaries.result = 'success'

),

uses as (

    select * from sign_ins
    union all
    select * from summaries

),

-- A success that names no API may have been at any.
summed as (

    select
        tenant_id,
        app_id,
        coalesce(nullif(lower(resource_app_id), ''), 'unknown') as resource_app_id,
        case when sign_in_kind in ('interactive', 'non_interactive') then 'delegated' else 'app_only' end as token_kind,
        max(last_success_at) as last_success_at,
        coalesce(max(case when is_in_lookback then 1 else 0 end) = 1, false) as is_in_lookback,
        {{ total('case when is_counted then successes end') }} as successes,
        {{ total('case when is_counted then successes_with_scopes end') }} as successes_with_scopes
    from uses
    group by
        tenant_id,
        app_id,
        coalesce(nullif(lower(resource_app_id), ''), 'unknown'),
        case when sign_in_kind in ('interactive', 'non_interactive') then 'delegated' else 'app_only' end

)

select * from summed
