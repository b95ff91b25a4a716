-- How much of the look-back and grace windows each windowed collection covers, and what lacks inside.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

windows as (

    select * from {{ ref('int_collection_window') }}

),

overlapping as (

    select
        windows.tenant_id,
        windows.collection,
        windows.collected_from,
        windows.collected_to,
        {{ overlap_seconds('windows.collected_from', 'windows.collected_to', 'tenants.lookback_from', 'tenants.as_of') }}
            as lookback_seconds,
        {{ overlap_seconds('windows.collected_from', 'windows.collected_to', 'tenants.grace_from', 'tenants.as_of') }}
            as grace_seconds,
        -- A hole lies between two stretches; what is missing before the first and after the last is no hole.
        case
            when windows.collected_from > tenants.lookback_from
                then
                    lag(windows.collected_to) over (
                        partition by windows.tenant_id, windows.collection
                        order by windows.collected_from
                    )
        end as read_before,
        tenants.lookback_from,
        row_number() over (
            partition by windows.tenant_id, windows.collection
            order by windows.collected_to desc
        ) as newness
    from windows
    inner join tenants
        on windows.tenant_id = tenants.tenant_id
    where windows.layer = 'read'

),

holed as (

    select
        *,
        case when read_before is not null then greatest(read_before, lookback_from) end as hole_from,
        case
            when read_before is not null
                then {{ dbt.datediff('greatest(read_before, lookback_from)', 'collected_from', 'second') }}
            else 0
        end as hole_seconds
    from overlapping

),

ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, collection
            order by hole_seconds desc, collected_from desc
        ) as hole_rank
    from holed

),

summed as (

    select
        tenant_id,
        collection,
        max(case when newness = 1 then collected_from end) as collected_from,
        max(case when newness = 1 then collected_to end) as collected_to,
        {{ count_if('hole_from is not null') }} as gaps,
        {{ total('hole_seconds') }} / 3600.0 as gap_hours,
        max(case when hole_rank = 1 then hole_from end) as largest_gap_from,
        max(case when hole_rank = 1 and hole_from is not null then collected_from end) as largest_gap_to,
        {{ var('usage_lookback_days') }} * 24 - {{ total('lookback_seconds') }} / 3600.0 as lookback_uncovered_hours,
        {{ var('new_app_grace_days') }} * 24 - {{ total('grace_seconds') }} / 3600.0 as grace_uncovered_hours
    from ranked
    group by tenant_id, collection

),

judged as (

    select
        summed.*,
        settled.collected_to as settled_to,
        summed.lookback_uncovered_hours <= {{ var('coverage_tolerance_hours') }} as is_lookback_covered,
        summed.grace_uncovered_hours <= {{ var('coverage_tolerance_hours') }} as is_grace_covered
    from summed
    left join windows as settled
        on
            summed.tenant_id = settled.tenant_id
            and summed.collection = settled.collection
            and settled.layer = 'settled'
            and summed.collected_from = settled.collected_from

)

select * from judged
