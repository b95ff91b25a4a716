with tenants as (

    select * from {{ ref('int_tenant') }}

),

collections as (

    select * from {{ ref('collection') }}

),

sources as (

    select * from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins'

),

-- The kinds of sign-in that a list tells of, and the one that it is of alone.
collection_kinds as (

    select
        collection,
        {{ listed('sign_in_kind') }} as sign_in_kinds,
        case when count(*) = 1 then max(sign_in_kind) end as sign_in_kind
    from {{ ref('usage_source') }}
    group by collection

),

-- How far the lists of counts reach.
counted as (

    select
        sources.collection,
        windows.tenant_id,
        min(windows.window_from) as counted_from,
        max(windows.window_to) as counted_to
    from {{ ref('int_usage_window') }} as windows
    inner join {{ ref('usage_source') }} as sources
        on windows.sign_in_kind = sources.sign_in_kind and windows.usage_rung = sources.usage_rung
    where windows.usage_rung = 'summarized_sign_ins'
    group by sources.collection, windows.tenant_id

),

last_outcomes as (

    select * from {{ ref('int_collection_last_outcome') }}

),

kinds as (

    select * from {{ ref('int_sign_in_kind_coverage') }}

),

windows as (

    select * from {{ ref('int_collection_coverage') }}

),

cursors as (

    select * from {{ ref('stg_entra__sync_cursors') }}

),

-- Collections that were never tried are missing, too; ones that the list does not name were tried nevertheless.
expected as (

    select
        tenants.tenant_id,
        collections.collection
    from tenants
    cross join collections

    union

    select
        tenant_id,
        collection
    from last_outcomes

),

joined as (

    select
        expected.tenant_id,
        expected.collection,
        coalesce(last_outcomes.outcome, 'not_collected') as outcome,
        last_outcomes.is_required,
        collections.feeds,
        windows.collected_from,
        coalesce(windows.collected_to, last_outcomes.last_complete_at) as collected_to,
        windows.settled_to,
        coalesce(windows.collected_from, counted.counted_from) as known_from,
        coalesce(windows.collected_to, counted.counted_to, last_outcomes.last_complete_at) as known_to,
        windows.gaps,
        windows.gap_hours,
        windows.largest_gap_from,
        windows.largest_gap_to,
        round(windows.lookback_uncovered_hours, 2) as uncovered_hours,
        windows.is_lookback_covered,
        sources.collection is not null as feeds_usage,
        collection_kinds.sign_in_kinds,
        kinds.usage_rung as answering_rung,
        case when sources.collection is not null then kinds.usage_rung end as usage_rung,
        last_outcomes.finished_at as last_attempt_at,
        last_outcomes.last_complete_at,
        last_outcomes.fetched_rows,
        cursors.full_at as reconciled_at,
        coalesce(cursors.graph_count, last_outcomes.graph_count) as graph_count,
        cursors.held_count,
        -- Of counts that were taken together: a newer one of Graph's says nothing of what was held before.
        abs(cursors.graph_count - cursors.held_count)
        > greatest({{ var('count_tolerance') }}, cursors.graph_count * {{ var('count_tolerance_percent') }} / 100.0)
            as has_other_count,
        last_outcomes.missing_permission,
        last_outcomes.missing_licence,
        last_outcomes.error,
        last_outcomes.request_id,
        tenants.as_of
    from expected
    inner join tenants
        on expected.tenant_id = tenants.tenant_id
    left join collections
        on expected.collection = collections.collection
    left join sources
        on expected.collection = sources.collection
    left join collection_kinds
        on expected.collection = collection_kinds.collection
    left join kinds
        on expected.tenant_id = kinds.tenant_id and collection_kinds.sign_in_kind = kinds.sign_in_kind
    left join counted
        on expected.tenant_id = counted.tenant_id and expected.collection = counted.collection
    left join last_outcomes
        on expected.tenant_id = last_outcomes.tenant_id and expected.collection = last_outcomes.collection
    left join windows
        on expected.tenant_id = windows.tenant_id and expected.collection = windows.collection
    left join cursors
        on expected.tenant_id = cursors.tenant_id and expected.collection = cursors.collection

),

explained as (

    select
        tenant_id,
        collection,
        outcome,
        is_required,
        feeds,
        sign_in_kinds,
        collected_from,
        collected_to,
        settled_to,
        {{ dbt.datediff('collected_to', 'as_of', 'second') }} / 3600.0 as stale_hours,
        known_from,
        known_to,
        {{ dbt.datediff('known_to', 'as_of', 'second') }} / 3600.0 as age_hours,
        is_lookback_covered,
        gaps,
        gap_hours,
        largest_gap_from,
        largest_gap_to,
        uncovered_hours,
        usage_rung,
        last_attempt_at,
        last_complete_at,
        fetched_rows,
        reconciled_at,
        graph_count,
        held_count,
        missing_permission,
        missing_licence,
        case outcome
            when 'denied' then 'denied: needs ' || coalesce(missing_permission, 'a permission that Graph did not name')
            when 'unlicensed' then 'unlicensed: needs ' || coalesce(missing_licence, 'a licence that Graph did not name')
            when 'partial' then 'partial: ' || coalesce(error, 'the listing broke off')
            when 'unavailable' then 'unavailable: ' || coalesce(error, 'Graph did not answer')
            when 'not_collected' then 'never collected'
            when 'complete'
                then case
                    when feeds_usage and not coalesce(is_lookback_covered, false)
                        then 'complete, but not yet all of the last {{ var("usage_lookback_days") }} days'
                    when has_other_count
                        then
                            'complete, but Graph counts '
                            || cast(graph_count as varchar)
                            || ' and '
                            || cast(held_count as varchar)
                            || ' are held'
                end
        end as what_is_missing,
        case
            when known_to is null then 'Nothing of it was read'
            when known_from is null then 'Known as it was on ' || {{ utc_minute('known_to') }}
            else 'Known from ' || {{ utc_minute('known_from') }} || ' to ' || {{ utc_minute('known_to') }}
        end
        || case
            when known_to is not null
                then
                    ', '
                    || cast(round({{ dbt.datediff('known_to', 'as_of', 'second') }} / 3600.0, 1) as varchar)
                    || ' hours old'
            else ''
        end
        || case
            when gaps is null then ''
            when gaps = 0 then ', without a gap'
            else
                '; in the last {{ var("usage_lookback_days") }} days '
                || {{ counted_noun('gaps', 'gap') }}
                || ' of '
                || cast(round(gap_hours, 1) as varchar)
                || case when gaps = 1 then ' hours, from ' else ' hours, the largest from ' end
                || {{ utc_minute('largest_gap_from') }}
                || ' to '
                || {{ utc_minute('largest_gap_to') }}
        end
        || case answering_rung
            when 'sign_ins' then '. Single sign-ins answer for this kind'
            when 'summarized_sign_ins' then '. Counts by day answer for this kind, at least in part of the window'
            when 'activity_report' then '. A report of last activities answers for this kind, and names no people'
            when 'none'
                then
                    '. No source covers the last {{ var("usage_lookback_days") }} days of this kind: what nobody was seen to use is unknown'
            else ''
        end as answer,
        request_id
    from joined

)

select * from explained
