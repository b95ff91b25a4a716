-- The newest attempt of each collection, with what the attempts before it achieved.
with outcomes as (

    select * from {{ ref('stg_entra__sync_outcomes') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, collection
            order by finished_at desc, started_at desc, run_id desc
        ) as newness,
        max(case when outcome = 'complete' then finished_at end) over (
            partition by tenant_id, collection
        ) as last_complete_at,
        max(case when outcome = 'complete' then started_at end) over (
            partition by tenant_id, collection
        ) as last_complete_started_at
    from outcomes

),

newest as (

    select * from ranked
    where newness = 1

)

select * from newest
