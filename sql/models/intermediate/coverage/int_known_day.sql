-- Which of the newest 90 days are known of each kind of sign-in, by single sign-ins and counts together. The newest day is the one
-- in which "now" lies, and ends there.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

kinds as (

    select sign_in_kind from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins'

),

windows as (

    select * from {{ ref('int_usage_window') }}

),

merged as (

    {{ merged_windows('windows', 'tenant_id, sign_in_kind') }}

),

days as (

    select
        tenants.tenant_id,
        kinds.sign_in_kind,
        dates.date_day as sign_in_date,
        {{ dbt.datediff('dates.date_day', utc_date('tenants.as_of'), 'day') }} as days_ago,
        {{ utc_midnight('dates.date_day') }} as begins_at,
        least({{ utc_midnight(dbt.dateadd('day', 1, 'dates.date_day')) }}, tenants.as_of) as ends_at
    from tenants
    inner join dates
        on
            dates.date_day <= {{ utc_date('tenants.as_of') }}
            and dates.date_day > {{ dbt.dateadd('day', -90, utc_date('tenants.as_of')) }}
    cross join kinds

),

summed as (

    select
        days.tenant_id,
        days.sign_in_kind,
        days.sign_in_date,
        days.days_ago,
        {{ dbt.datediff('min(days.begins_at)', 'min(days.ends_at)', 'second') }} as day_seconds,
        -- Without a stretch there is nothing to compare: the ends of the day alone would look like one.
        {{ total('case when merged.tenant_id is not null then '
            ~ overlap_seconds('merged.collected_from', 'merged.collected_to', 'days.begins_at', 'days.ends_at')
            ~ ' end') }} as covered_seconds
    from days
    left join merged
        on
            days.tenant_id = merged.tenant_id
            and days.sign_in_kind = merged.sign_in_kind
            and merged.collected_from < days.ends_at
            and merged.collected_to > days.begins_at
    group by days.tenant_id, days.sign_in_kind, days.sign_in_date, days.days_ago

),

judged as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        days_ago,
        covered_seconds > 0
        and day_seconds - covered_seconds <= {{ var('day_tolerance_hours') }} * 3600 as is_known
    from summed

)

select * from judged
