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
        windows.gaps,
        windows.lookback_uncovered_hours as uncovered_hours,
        windows.is_lookback_covered,
        sources.collection is not null as feeds_usage,
        kinds.usage_rung,
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
    left join kinds
        on expected.tenant_id = kinds.tenant_id and sources.sign_in_kind = kinds.sign_in_kind
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
        collected_from,
        collected_to,
        settled_to,
        {{ dbt.datediff('collected_to', 'as_of', 'second') }} / 3600.0 as stale_hours,
        is_lookback_covered,
        gaps,
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
        request_id
    from joined

)

select * from explained
