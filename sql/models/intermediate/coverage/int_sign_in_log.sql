-- Where a tenant's sign-in log begins, if that is later than Entra's retention lets one expect: with a new licence the log is
-- as young as the licence. All kinds are judged together, since the licence is one. The silence before the first sign-in is
-- no chance if so many more would be expected in it; few sign-ins prove nothing, and the retention is believed.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

-- As they were built, since those of pruned days are no longer there.
days as (

    select * from {{ ref('int_sign_in_day_built') }}

),

counted as (

    select
        tenants.tenant_id,
        min(days.first_at) as first_at,
        {{ total('days.sign_ins') }} as sign_ins,
        {{ dbt.datediff('min(tenants.lookback_from)', 'min(days.first_at)', 'second') }} as silent_seconds,
        {{ dbt.datediff('min(days.first_at)', 'min(tenants.as_of)', 'second') }} as logged_seconds
    from tenants
    inner join days
        on tenants.tenant_id = days.tenant_id
    group by tenants.tenant_id

),

judged as (

    select
        tenant_id,
        first_at as log_from
    from counted
    where
        silent_seconds > {{ var('silent_days') }} * 86400
        and sign_ins >= {{ var('expected_sign_ins') }}
        and sign_ins * silent_seconds >= {{ var('expected_sign_ins') }} * logged_seconds

)

select * from judged
