-- May "nobody signed in" be said of a sign-in kind? If not, why not.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

kinds as (

    select
        collection,
        sign_in_kind
    from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins'

),

last_outcomes as (

    select * from {{ ref('int_collection_last_outcome') }}

),

coverages as (

    select * from {{ ref('int_collection_coverage') }}

),

joined as (

    select
        tenants.tenant_id,
        kinds.sign_in_kind,
        coalesce(coverages.is_lookback_covered, false) as is_covered,
        case
            when coverages.is_lookback_covered then null
            when last_outcomes.outcome is null then 'kind_not_collected'
            when last_outcomes.outcome = 'unlicensed' then 'no_licence'
            when last_outcomes.outcome = 'denied' then 'no_permission'
            when last_outcomes.outcome in ('partial', 'unavailable') then 'collection_failed'
            else 'window_not_covered'
        end as uncovered_reason
    from tenants
    cross join kinds
    left join last_outcomes
        on tenants.tenant_id = last_outcomes.tenant_id and kinds.collection = last_outcomes.collection
    left join coverages
        on tenants.tenant_id = coverages.tenant_id and kinds.collection = coverages.collection

)

select * from joined
