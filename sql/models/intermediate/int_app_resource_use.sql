-- Successes in which the app was the API that somebody's token was for: that is use as well.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

successes as (

    select * from {{ ref('int_sign_in') }}
    where result = 'success' and resource_app_id is not null

),

summed as (

    select
        successes.tenant_id,
        successes.resource_app_id as app_id,
        max(successes.signed_in_at) as last_used_as_resource_at,
        {{ count_if('successes.signed_in_at > tenants.lookback_from') }} as resource_successes
    from successes
    inner join tenants
        on successes.tenant_id = tenants.tenant_id
    group by successes.tenant_id, successes.resource_app_id

)

select * from summed
