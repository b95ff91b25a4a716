-- What we know, and what not
-- Each list that Consentry reads: from when to when it is known, what is missing and why, and what cannot be answered without it.
select
    collection,
    outcome,
    is_required,
    feeds,
    sign_in_kinds,
    known_from,
    known_to,
    age_hours,
    gaps,
    gap_hours,
    is_lookback_covered,
    fetched_rows,
    graph_count,
    held_count,
    missing_permission,
    missing_licence,
    what_is_missing,
    answer,
    request_id
from coverage
where tenant_id = $tenant_id
order by
    case
        when outcome in ('denied', 'unlicensed', 'unavailable') then 0
        when what_is_missing is not null and outcome <> 'not_collected' then 1
        when outcome = 'not_collected' then 2
        when outcome = 'complete' then 3
        else 4
    end,
    collection
