-- On how many of the newest days an app was used by anybody or on its own, and by how many people. Successes that name nobody make
-- a day active and no person.
with app_days as (

    select
        tenant_id,
        app_id,
        {{ day_union('active_days') }} as active_days
    from {{ ref('int_app_principal_days') }}
    group by tenant_id, app_id

),

days as (

    select
        tenant_id,
        app_id,
        {{ days_in_set('active_days', 0, 29) }} as active_days_30,
        {{ days_in_set('active_days', 0, 59) }} as active_days_60,
        {{ days_in_set('active_days', 0, 89) }} as active_days_90,
        {{ days_in_set('active_days', 30, 59) }} as active_days_before
    from app_days

),

users as (

    select * from {{ ref('int_app_user_active_days') }}
    where user_id <> 'unknown'

),

known as (

    select * from {{ ref('int_known_days') }}
    where subject = 'person'

),

levelled as (

    select
        users.*,
        {{ usage_level('users.active_days_30', 'coalesce(known.known_days_30, 0)') }} as usage_level
    from users
    left join known
        on users.tenant_id = known.tenant_id

),

people as (

    select
        tenant_id,
        app_id,
        {{ count_if('active_last_day > 0') }} as daily_active_users,
        {{ count_if('active_days_7 > 0') }} as weekly_active_users,
        {{ count_if('active_days_30 > 0') }} as monthly_active_users,
        {{ count_if('active_days_before > 0') }} as previous_monthly_active_users,
        {{ total('active_days_30') }} as person_days_30,
        {{ count_if("usage_level = 'power'") }} as power_users,
        {{ count_if("usage_level = 'regular'") }} as regular_users,
        {{ count_if("usage_level = 'occasional'") }} as occasional_users
    from levelled
    group by tenant_id, app_id

),

joined as (

    select
        days.*,
        coalesce(people.daily_active_users, 0) as daily_active_users,
        coalesce(people.weekly_active_users, 0) as weekly_active_users,
        coalesce(people.monthly_active_users, 0) as monthly_active_users,
        coalesce(people.previous_monthly_active_users, 0) as previous_monthly_active_users,
        coalesce(people.person_days_30, 0) as person_days_30,
        coalesce(people.power_users, 0) as power_users,
        coalesce(people.regular_users, 0) as regular_users,
        coalesce(people.occasional_users, 0) as occasional_users
    from days
    left join people
        on days.tenant_id = people.tenant_id and days.app_id = people.app_id

)

select * from joined
