-- What risk scores should rest on and was never read completely: without it a score is a lower bound.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

collections as (

    select * from {{ ref('collection') }}
    where is_risk_evidence

),

last_outcomes as (

    select * from {{ ref('int_collection_last_outcome') }}

),

missing as (

    select
        tenants.tenant_id,
        {{ listed('collections.collection') }} as missing_evidence
    from tenants
    cross join collections
    left join last_outcomes
        on tenants.tenant_id = last_outcomes.tenant_id and collections.collection = last_outcomes.collection
    where last_outcomes.last_complete_at is null
    group by tenants.tenant_id

)

select * from missing
