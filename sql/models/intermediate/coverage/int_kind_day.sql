-- Which rung answers for a kind of sign-in on a day: the one that covers more of it, the better one if they cover the same.
with app_days as (

    select tenant_id, sign_in_date from {{ ref('int_app_day') }}
    union
    select tenant_id, sign_in_date from {{ ref('int_sign_in_summary') }}
    union
    select tenant_id, {{ utc_date('delegated_success_at') }} as sign_in_date from {{ ref('int_app_reported_activity') }}
    union
    select tenant_id, {{ utc_date('app_only_success_at') }} as sign_in_date from {{ ref('int_app_reported_activity') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

kinds as (

    select sign_in_kind from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins'

),

windows as (

    select * from {{ ref('int_usage_window') }}

),

days as (

    select
        app_days.tenant_id,
        kinds.sign_in_kind,
        app_days.sign_in_date,
        {{ utc_midnight('app_days.sign_in_date') }} as begins_at,
        least({{ utc_midnight(dbt.dateadd('day', 1, 'app_days.sign_in_date')) }}, tenants.as_of) as ends_at
    from app_days
    inner join tenants
        on app_days.tenant_id = tenants.tenant_id
    cross join kinds
    where app_days.sign_in_date is not null

),

covered as (

    select
        days.tenant_id,
        days.sign_in_kind,
        days.sign_in_date,
        windows.usage_rung,
        {{ overlap_seconds('windows.window_from', 'windows.window_to', 'days.begins_at', 'days.ends_at') }} as seconds
    from days
    left join windows
        on
            days.tenant_id = windows.tenant_id
            and days.sign_in_kind = windows.sign_in_kind
            and windows.window_from < days.ends_at
            and windows.window_to > days.begins_at

),

summed as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        {{ total("case when usage_rung = 'sign_ins' then seconds end") }} as sign_in_seconds,
        {{ total("case when usage_rung = 'summarized_sign_ins' then seconds end") }} as summary_seconds
    from covered
    group by tenant_id, sign_in_kind, sign_in_date

),

judged as (

    select
        summed.tenant_id,
        summed.sign_in_kind,
        summed.sign_in_date,
        case when summed.summary_seconds > summed.sign_in_seconds then 'summarized_sign_ins' else 'sign_ins' end
            as usage_rung,
        greatest(summed.sign_in_seconds, summed.summary_seconds)
        >= {{ dbt.datediff('days.begins_at', 'days.ends_at', 'second') }} as is_full
    from summed
    inner join days
        on
            summed.tenant_id = days.tenant_id
            and summed.sign_in_kind = days.sign_in_kind
            and summed.sign_in_date = days.sign_in_date

)

select * from judged
