-- On how many of the newest 30 days somebody's token was for an app as the API: by single sign-ins and by counts, each day once.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

successes as (

    select
        tenant_id,
        resource_app_id as app_id,
        sign_in_date
    from {{ ref('int_app_resource_day') }}
    where app_id <> resource_app_id

    union

    select
        tenant_id,
        resource_app_id as app_id,
        sign_in_date
    from {{ ref('int_sign_in_summary') }}
    where result = 'success' and app_id <> resource_app_id

),

counted as (

    select
        successes.tenant_id,
        successes.app_id,
        count(*) as active_days_30
    from successes
    inner join tenants
        on successes.tenant_id = tenants.tenant_id
    where successes.sign_in_date > {{ dbt.dateadd('day', -30, utc_date('tenants.as_of')) }}
    group by successes.tenant_id, successes.app_id

)

select * from counted
