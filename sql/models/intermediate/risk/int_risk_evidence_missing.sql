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

unread as (

    select
        tenants.tenant_id,
        collections.collection as evidence
    from tenants
    cross join collections
    left join last_outcomes
        on tenants.tenant_id = last_outcomes.tenant_id and collections.collection = last_outcomes.collection
    where last_outcomes.last_complete_at is null

),

-- Where people sign in from, unless it is not to be kept.
placed as (

    select tenant_id
    from {{ ref('int_app_place') }}
    where sign_in_kind in ('interactive', 'non_interactive')
    group by tenant_id

),

signed_in as (

    select tenant_id
    from {{ ref('fct_app_user_day') }}
    where principal_type = 'user' and successes > 0
    group by tenant_id

),

lacking as (

    select * from unread

    union all

    select
        signed_in.tenant_id,
        'locations of sign-ins' as evidence
    from signed_in
    left join placed
        on signed_in.tenant_id = placed.tenant_id
    where placed.tenant_id is null

),

missing as (

    select
        tenant_id,
        {{ listed('evidence') }} as missing_evidence
    from lacking
    group by tenant_id

)

select * from missing
