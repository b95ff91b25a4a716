-- Windows collected completely, overlapping and touching ones merged: gaps-and-islands. No window of sign-ins begins before
-- the tenant's log does.
with outcomes as (

    select * from {{ ref('stg_entra__sync_outcomes') }}
    where outcome = 'complete' and window_from is not null

),

collections as (

    select * from {{ ref('collection') }}

),

logs as (

    select * from {{ ref('int_sign_in_log') }}

),

bounded as (

    select
        outcomes.tenant_id,
        outcomes.collection,
        case
            when collections.sign_in_kind is not null and logs.log_from > outcomes.window_from then logs.log_from
            else outcomes.window_from
        end as window_from,
        outcomes.window_to
    from outcomes
    left join collections
        on outcomes.collection = collections.collection
    left join logs
        on outcomes.tenant_id = logs.tenant_id

),

complete as (

    select *
    from bounded
    where window_to > window_from

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
