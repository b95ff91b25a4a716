-- Portable on purpose: weekdays are counted from a known Monday, since each database numbers them its own way.
with days as (

    {{ calendar_days(var('calendar_from'), var('calendar_until')) }}

),

counted as (

    select
        date_day,
        {{ dbt.datediff("cast('2001-01-01' as date)", 'date_day', 'day') }} % 7 as days_after_monday
    from days
    where date_day >= cast('2001-01-01' as date)

),

parts as (

    select
        date_day,
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(days_after_monday + 1 as integer) as weekday_number,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start_date,
        cast({{ dbt.dateadd('day', '-1 * days_after_monday', 'date_day') }} as date) as week_start_date,
        days_after_monday >= 5 as is_weekend
    from counted

)

select * from parts
