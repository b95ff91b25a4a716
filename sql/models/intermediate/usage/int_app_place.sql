-- Countries that an app's successes came from.
with days as (

    select * from {{ ref('int_app_place_day') }}

),

places as (

    select
        tenant_id,
        app_id,
        sign_in_kind,
        country,
        min(first_success_at) as first_success_at,
        max(last_success_at) as last_success_at
    from days
    group by tenant_id, app_id, sign_in_kind, country

)

select * from places
