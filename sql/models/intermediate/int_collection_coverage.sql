-- How much of the look-back and grace windows each windowed collection covers.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

islands as (

    select * from {{ ref('int_collection_window') }}

),

overlapping as (

    select
        islands.tenant_id,
        islands.collection,
        islands.collected_from,
        islands.collected_to,
        {{ overlap_seconds('islands.collected_from', 'islands.collected_to', 'tenants.lookback_from', 'tenants.as_of') }}
            as lookback_seconds,
        {{ overlap_seconds('islands.collected_from', 'islands.collected_to', 'tenants.grace_from', 'tenants.as_of') }}
            as grace_seconds,
        row_number() over (
            partition by islands.tenant_id, islands.collection
            order by islands.collected_to desc
        ) as newness
    from islands
    inner join tenants
        on islands.tenant_id = tenants.tenant_id

),

summed as (

    select
        tenant_id,
        collection,
        max(case when newness = 1 then collected_from end) as collected_from,
        max(case when newness = 1 then collected_to end) as collected_to,
        {{ var('usage_lookback_days') }} * 24 - {{ total('lookback_seconds') }} / 3600.0 as lookback_uncovered_hours,
        {{ var('new_app_grace_days') }} * 24 - {{ total('grace_seconds') }} / 3600.0 as grace_uncovered_hours
    from overlapping
    group by tenant_id, collection

),

judged as (

    select
        *,
        lookback_uncovered_hours <= {{ var('coverage_tolerance_hours') }} as is_lookback_covered,
        grace_uncovered_hours <= {{ var('coverage_tolerance_hours') }} as is_grace_covered
    from summed

)

select * from judged
