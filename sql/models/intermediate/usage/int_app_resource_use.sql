-- Successes in which the app was the API that somebody's token was for: that is use as well. A success counts on the rung that
-- answers for its kind and day, and proves use on any. An app that is its own API was signed in to, and that is counted there.
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
        days.resource_app_id as app_id,
        'sign_ins' as usage_source,
        max(days.last_success_at) as last_used_at,
        max(case when days.last_success_at > tenants.lookback_from then 1 else 0 end) = 1 as is_in_lookback,
        -- Of a day on the edge of the window all successes count, as they do for people.
        {{ total("case when days.sign_in_date >= " ~ utc_date('tenants.lookback_from') ~ " and summarized_days.tenant_id is null then days.successes end") }}
            as resource_successes
    from {{ ref('int_app_resource_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    left join summarized_days
        on
            days.tenant_id = summarized_days.tenant_id
            and days.sign_in_kind = summarized_days.sign_in_kind
            and days.sign_in_date = summarized_days.sign_in_date
    where days.app_id <> days.resource_app_id
    group by days.tenant_id, days.resource_app_id

),

summaries as (

    select
        summaries.tenant_id,
        summaries.resource_app_id as app_id,
        'summarized_sign_ins' as usage_source,
        max(summaries.first_at) as last_used_at,
        max(case when summaries.is_in_lookback then 1 else 0 end) = 1 as is_in_lookback,
        {{ total('case when summaries.is_in_lookback and summarized_days.tenant_id is not null then summaries.sign_ins end') }}
            as resource_successes
    from {{ ref('int_sign_in_summary') }} as summaries
    left join summarized_days
        on
            summaries.tenant_id = summarized_days.tenant_id
            and summaries.sign_in_kind = summarized_days.sign_in_kind
            and summaries.sign_in_date = summarized_days.sign_in_date
    where summaries.result = 'success' and summaries.app_id <> summaries.resource_app_id
    group by summaries.tenant_id, summaries.resource_app_id

),

reported as (

    select
        activities.tenant_id,
        activities.app_id,
        'activity_report' as usage_source,
        activities.resource_success_at as last_used_at,
        activities.resource_success_at > tenants.lookback_from as is_in_lookback,
        cast(0 as bigint) as resource_successes
    from {{ ref('int_app_reported_activity') }} as activities
    inner join tenants
        on activities.tenant_id = tenants.tenant_id
    where activities.resource_success_at is not null

),

uses as (

    select * from sign_ins
    union all
    select * from summaries
    union all
    select * from reported

)

select * from uses
