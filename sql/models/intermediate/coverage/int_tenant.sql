-- "Now" is the newest moment a sync ended: the same data gives the same answer, whenever it is asked.
with outcomes as (

    select * from {{ ref('stg_entra__sync_outcomes') }}

),

newest as (

    select
        tenant_id,
        max(finished_at) as as_of
    from outcomes
    group by tenant_id

),

windows as (

    select
        tenant_id,
        as_of,
        {{ dbt.dateadd('day', -1 * var('usage_lookback_days'), 'as_of') }} as lookback_from,
        {{ dbt.dateadd('day', -1 * var('new_app_grace_days'), 'as_of') }} as grace_from,
        {{ dbt.dateadd('day', -1 * var('recent_consent_days'), 'as_of') }} as recent_from
    from newest

)

select * from windows
