-- Windows collected completely, overlapping and touching ones merged: gaps-and-islands.
with complete as (

    select
        tenant_id,
        collection,
        window_from,
        window_to
    from {{ ref('stg_entra__sync_outcomes') }}
    where outcome = 'complete' and window_from is not null and window_to > window_from

),

reached as (

    select
        *,
        max(window_to) over (
            partition by tenant_id, collection
            order by window_from, window_to
            rows between unbounded preceding and 1 preceding
        ) as reached_before
    from complete

),

numbered as (

    select
        *,
        sum(case when window_from <= reached_before then 0 else 1 end) over (
            partition by tenant_id, collection
            order by window_from, window_to
            rows unbounded preceding
        ) as island
    from reached

),

merged as (

    select
        tenant_id,
        collection,
        min(window_from) as collected_from,
        max(window_to) as collected_to
    from numbered
    group by tenant_id, collection, island

)

select * from merged
