-- From when to when each kind of sign-in is known, by rung: single sign-ins as they were read, counts by day as far as their
-- list reaches back. Nobody says how far that is: a list that begins within a long weekend of Entra's retention reaches all the
-- way, any other as far as its oldest day, and an empty one nowhere. All kinds that were read at about the same time are judged
-- together, as they are one service; a list that was read long before shows how far the service reached then, and not since.
with sources as (

    select * from {{ ref('usage_source') }}

),

windows as (

    select * from {{ ref('int_collection_window') }}
    where layer = 'read'

),

last_outcomes as (

    select * from {{ ref('int_collection_last_outcome') }}

),

listed as (

    select
        tenant_id,
        collection,
        {{ utc_midnight('min(sign_in_date)') }} as oldest_at
    from {{ ref('stg_entra__summarized_sign_ins') }}
    where deleted_at is null
    group by tenant_id, collection

),

last_reads as (

    select
        last_outcomes.tenant_id,
        last_outcomes.collection,
        sources.sign_in_kind,
        sources.usage_rung,
        last_outcomes.last_complete_started_at as read_at
    from last_outcomes
    inner join sources
        on last_outcomes.collection = sources.collection
    where sources.usage_rung = 'summarized_sign_ins' and last_outcomes.last_complete_started_at is not null

),

-- Of each list the oldest day that it, or another list at least about as young, holds.
reads as (

    select
        last_reads.tenant_id,
        last_reads.sign_in_kind,
        last_reads.usage_rung,
        last_reads.read_at,
        {{ dbt.dateadd('day', -1 * var('usage_lookback_days'), 'last_reads.read_at') }} as kept_from,
        min(listed.oldest_at) as oldest_at
    from last_reads
    inner join last_reads as others
        on
            last_reads.tenant_id = others.tenant_id
            and others.read_at >= {{ dbt.dateadd('hour', -1 * var('report_tolerance_hours'), 'last_reads.read_at') }}
    inner join listed
        on others.tenant_id = listed.tenant_id and others.collection = listed.collection
    group by last_reads.tenant_id, last_reads.sign_in_kind, last_reads.usage_rung, last_reads.read_at

),

known as (

    select
        windows.tenant_id,
        sources.sign_in_kind,
        sources.usage_rung,
        windows.collected_from as window_from,
        windows.collected_to as window_to
    from windows
    inner join sources
        on windows.collection = sources.collection
    where sources.usage_rung = 'sign_ins'

    union all

    select
        tenant_id,
        sign_in_kind,
        usage_rung,
        case
            when oldest_at <= {{ dbt.dateadd('day', var('silent_days'), 'kept_from') }} then least(oldest_at, kept_from)
            else oldest_at
        end as window_from,
        read_at as window_to
    from reads

)

select * from known
where window_to > window_from
