-- The newest 90 days on which somebody, or an app itself, succeeded: by single sign-ins and by counts, each day once.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

successes as (

    select
        tenant_id,
        app_id,
        principal_type,
        principal_id,
        sign_in_date
    from {{ ref('fct_app_user_day') }}
    where successes > 0

    union

    select
        tenant_id,
        app_id,
        principal_type,
        principal_id,
        sign_in_date
    from {{ ref('int_sign_in_summary') }}
    where result = 'success'

),

dated as (

    select
        successes.tenant_id,
        successes.app_id,
        successes.principal_type,
        successes.principal_id,
        successes.sign_in_date,
        {{ dbt.datediff('successes.sign_in_date', utc_date('tenants.as_of'), 'day') }} as days_ago
    from successes
    inner join tenants
        on successes.tenant_id = tenants.tenant_id
    where successes.sign_in_date > {{ dbt.dateadd('day', -90, utc_date('tenants.as_of')) }}

)

select * from dated
