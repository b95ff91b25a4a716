-- Each app, day and kind is answered by one rung of the ladder of sources: nothing is counted twice.
with sign_in_days as (

    select
        tenant_id,
        app_id,
        sign_in_date,
        sign_in_kind,
        'sign_ins' as usage_source,
        1 as rung_order,
        successes,
        failures,
        interrupts,
        active_users,
        first_success_at,
        last_success_at
    from {{ ref('int_app_day') }}

),

summary_days as (

    select
        tenant_id,
        app_id,
        sign_in_date,
        sign_in_kind,
        'summarized_sign_ins' as usage_source,
        2 as rung_order,
        {{ total("case when result = 'success' then sign_ins end") }} as successes,
        {{ total("case when result = 'failure' then sign_ins end") }} as failures,
        {{ total("case when result = 'interrupt' then sign_ins end") }} as interrupts,
        count(distinct case when result = 'success' and principal_type = 'user' then principal_id end) as active_users,
        min(case when result = 'success' then first_at end) as first_success_at,
        max(case when result = 'success' then first_at end) as last_success_at
    from {{ ref('int_sign_in_summary') }}
    group by tenant_id, app_id, sign_in_date, sign_in_kind

),

reported as (

    select
        tenant_id,
        app_id,
        'delegated' as sign_in_kind,
        delegated_success_at as success_at
    from {{ ref('int_app_reported_activity') }}
    where delegated_success_at is not null

    union all

    select
        tenant_id,
        app_id,
        'service_principal' as sign_in_kind,
        app_only_success_at as success_at
    from {{ ref('int_app_reported_activity') }}
    where app_only_success_at is not null

),

reported_days as (

    select
        tenant_id,
        app_id,
        {{ utc_date('success_at') }} as sign_in_date,
        sign_in_kind,
        'activity_report' as usage_source,
        3 as rung_order,
        cast(null as bigint) as successes,
        cast(null as bigint) as failures,
        cast(null as bigint) as interrupts,
        cast(null as bigint) as active_users,
        cast(null as timestamp with time zone) as first_success_at,
        success_at as last_success_at
    from reported

),

candidates as (

    select * from sign_in_days
    union all
    select * from summary_days
    union all
    select * from reported_days

),

kind_days as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        usage_rung,
        is_full
    from {{ ref('int_kind_day') }}

    union all

    -- The report does not say which of the two kinds of people's sign-ins it was: it is outdone where both are known.
    select
        tenant_id,
        'delegated' as sign_in_kind,
        sign_in_date,
        'sign_ins' as usage_rung,
        {{ count_if('is_full') }} = 2 as is_full
    from {{ ref('int_kind_day') }}
    where sign_in_kind in ('interactive', 'non_interactive')
    group by tenant_id, sign_in_date

),

-- Where a rung covers all of the day, what it does not hold did not happen; elsewhere the next best may know more.
admitted as (

    select
        candidates.*,
        candidates.usage_source = kind_days.usage_rung as is_best
    from candidates
    inner join kind_days
        on
            candidates.tenant_id = kind_days.tenant_id
            and candidates.sign_in_kind = kind_days.sign_in_kind
            and candidates.sign_in_date = kind_days.sign_in_date
    where candidates.usage_source = kind_days.usage_rung or not kind_days.is_full

),

best as (

    select * from admitted
    where is_best

),

-- Where the best rung says nothing. These are few, and only they have to be put in order.
others as (

    select
        admitted.*,
        row_number() over (
            partition by admitted.tenant_id, admitted.app_id, admitted.sign_in_date, admitted.sign_in_kind
            order by admitted.rung_order
        ) as rung_rank
    from admitted
    left join best
        on
            admitted.tenant_id = best.tenant_id
            and admitted.app_id = best.app_id
            and admitted.sign_in_date = best.sign_in_date
            and admitted.sign_in_kind = best.sign_in_kind
    where not admitted.is_best and best.app_id is null

),

chosen as (

    select
        *,
        1 as rung_rank
    from best

    union all

    select * from others
    where rung_rank = 1

),

answered as (

    select
        tenant_id,
        app_id,
        sign_in_date,
        sign_in_kind,
        usage_source,
        usage_source = 'activity_report' or successes > 0 as is_used,
        successes,
        failures,
        interrupts,
        active_users,
        first_success_at,
        last_success_at
    from chosen

)

select * from answered
