-- What people did with an app, by single sign-ins, and by counts on the days that these answer for.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

summarized_days as (

    select * from {{ ref('fct_app_day') }}
    where usage_source = 'summarized_sign_ins'

),

sign_ins as (

    select
        days.tenant_id,
        days.app_id,
        days.principal_id as user_id,
        'sign_ins' as usage_source,
        min(days.first_success_at) as first_used_at,
        max(days.last_success_at) as last_used_at,
        max(case when days.last_success_at > tenants.lookback_from and days.sign_in_kind = 'interactive' then 1 else 0 end)
            as used_interactively,
        max(case when days.last_success_at > tenants.lookback_from and days.sign_in_kind = 'non_interactive' then 1 else 0 end)
            as used_non_interactively,
        coalesce(max(days.last_success_at) > max(tenants.lookback_from), false) as is_in_lookback,
        {{ total("case when days.sign_in_date >= " ~ utc_date('tenants.lookback_from') ~ " and summarized_days.app_id is null then days.successes end") }}
            as successes,
        {{ total("case when days.sign_in_date >= " ~ utc_date('tenants.lookback_from') ~ " and summarized_days.app_id is null then days.failures end") }}
            as failures
    from {{ ref('fct_app_user_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    left join summarized_days
        on
            days.tenant_id = summarized_days.tenant_id
            and days.app_id = summarized_days.app_id
            and days.sign_in_date = summarized_days.sign_in_date
            and days.sign_in_kind = summarized_days.sign_in_kind
    where days.principal_type = 'user'
    group by days.tenant_id, days.app_id, days.principal_id

),

summaries as (

    select
        summaries.tenant_id,
        summaries.app_id,
        summaries.principal_id as user_id,
        'summarized_sign_ins' as usage_source,
        min(case when summaries.result = 'success' then summaries.first_at end) as first_used_at,
        max(case when summaries.result = 'success' then summaries.first_at end) as last_used_at,
        0 as used_interactively,
        max(case when summaries.result = 'success' and summaries.is_in_lookback then 1 else 0 end) as used_non_interactively,
        {{ count_if("summaries.result = 'success' and summaries.is_in_lookback") }} > 0 as is_in_lookback,
        {{ total("case when summaries.result = 'success' and summaries.is_in_lookback and summarized_days.app_id is not null then summaries.sign_ins end") }}
            as successes,
        {{ total("case when summaries.result = 'failure' and summaries.is_in_lookback and summarized_days.app_id is not null then summaries.sign_ins end") }}
            as failures
    from {{ ref('int_sign_in_summary') }} as summaries
    left join summarized_days
        on
            summaries.tenant_id = summarized_days.tenant_id
            and summaries.app_id = summarized_days.app_id
            and summaries.sign_in_date = summarized_days.sign_in_date
            and summaries.sign_in_kind = summarized_days.sign_in_kind
    where summaries.principal_type = 'user'
    group by summaries.tenant_id, summaries.app_id, summaries.principal_id

),

united as (

    select * from sign_ins
    union all
    select * from summaries

),

summed as (

    select
        tenant_id,
        app_id,
        user_id,
        min(first_used_at) as first_used_at,
        max(last_used_at) as last_used_at,
        case max(used_interactively) + 2 * max(used_non_interactively)
            when 0 then ''
            when 1 then 'interactive'
            when 2 then 'non_interactive'
            when 3 then 'interactive, non_interactive'
        end as kinds_used,
        min(case when is_in_lookback then usage_source end) as usage_source,
        {{ total('successes') }} as successes,
        {{ total('failures') }} as failures
    from united
    group by tenant_id, app_id, user_id

)

select * from summed
