-- On how many of the newest days each person succeeded at an app. Today is among them as far as it has come.
with days as (

    select * from {{ ref('int_app_active_day') }}
    where principal_type = 'user'

),

counted as (

    select
        tenant_id,
        app_id,
        principal_id as user_id,
        {{ count_if('days_ago = 1') }} as active_last_day,
        {{ count_if('days_ago < 7') }} as active_days_7,
        {{ count_if('days_ago < 30') }} as active_days_30,
        {{ count_if('days_ago < 60') }} as active_days_60,
        {{ count_if('days_ago < 90') }} as active_days_90,
        {{ count_if('days_ago between 30 and 59') }} as active_days_before
    from days
    group by tenant_id, app_id, principal_id

)

select * from counted
