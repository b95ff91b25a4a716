-- How many of the newest days are known of people, and of each kind of app: a day is, if every kind of sign-in that they can use is.
with days as (

    select * from {{ ref('int_known_day') }}

),

subjects as (

    select
        app_kind as subject,
        sign_in_kind
    from {{ ref('app_kind_sign_in_kind') }}

    union all

    select
        'person' as subject,
        sign_in_kind
    from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins' and sign_in_kind in ('interactive', 'non_interactive')

),

subject_days as (

    select
        days.tenant_id,
        subjects.subject,
        days.days_ago,
        {{ count_if('not days.is_known') }} = 0 as is_known
    from days
    inner join subjects
        on days.sign_in_kind = subjects.sign_in_kind
    group by days.tenant_id, subjects.subject, days.days_ago

),

counted as (

    select
        tenant_id,
        subject,
        {{ count_if('is_known and days_ago = 1') }} as known_last_day,
        {{ count_if('is_known and days_ago < 7') }} as known_days_7,
        {{ count_if('is_known and days_ago < 30') }} as known_days_30,
        {{ count_if('is_known and days_ago < 60') }} as known_days_60,
        {{ count_if('is_known and days_ago < 90') }} as known_days_90,
        {{ count_if('is_known and days_ago between 30 and 59') }} as known_days_before
    from subject_days
    group by tenant_id, subject

)

select * from counted
