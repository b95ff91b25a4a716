-- On how many of the newest days each person succeeded at an app. Today is among them as far as it has come.
with people as (

    select * from {{ ref('int_app_principal_days') }}
    where principal_type = 'user'

),

counted as (

    select
        tenant_id,
        app_id,
        principal_id as user_id,
        {{ days_in_set('active_days', 1, 1) }} as active_last_day,
        {{ days_in_set('active_days', 0, 6) }} as active_days_7,
        {{ days_in_set('active_days', 0, 29) }} as active_days_30,
        {{ days_in_set('active_days', 0, 59) }} as active_days_60,
        {{ days_in_set('active_days', 0, 89) }} as active_days_90,
        {{ days_in_set('active_days', 30, 59) }} as active_days_before
    from people

)

select * from counted
