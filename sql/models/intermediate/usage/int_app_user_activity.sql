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
        principals.tenant_id,
        principals.app_id,
        principals.principal_id as user_id,
        'sign_ins' as usage_source,
        principals.first_success_at as first_used_at,
        principals.last_success_at as last_used_at,
        case when principals.last_interactive_success_at > tenants.lookback_from then 1 else 0 end as used_interactively,
        case when principals.last_non_interactive_success_at > tenants.lookback_from then 1 else 0 end as used_non_interactively,
        coalesce(principals.last_success_at > tenants.lookback_from, false) as is_in_lookback,
        principals.successes,
        principals.failures
    from {{ ref('int_app_principal') }} as principals
    inner join tenants
        on principals.tenant_id = tenants.tenant_id
    where principals.principal_type = 'user'

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
