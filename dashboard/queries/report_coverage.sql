-- What was collected, and what is missing
-- Each list of Microsoft Graph with what it tells, from when to when it is known, and what is missing and why. What only stands in for a better list is no gap where that one was read.
with answered as (

    select coalesce(list(kind), []) as kinds
    from (
        select unnest(string_split(sign_in_kinds, ', ')) as kind
        from coverage
        where tenant_id = $tenant_id and usage_rung <> 'none'
    )

)

select
    coverage.collection,
    coverage.feeds,
    coverage.outcome,
    coverage.what_is_missing is not null
    and (
        coverage.sign_in_kinds is null
        or coverage.usage_rung is not null
        or not list_has_all(answered.kinds, string_split(coverage.sign_in_kinds, ', '))
    ) as is_gap,
    coverage.what_is_missing,
    coverage.answer,
    coverage.known_from,
    coverage.known_to,
    coverage.age_hours,
    coverage.sign_in_kinds,
    coverage.usage_rung,
    coverage.gaps,
    coverage.gap_hours,
    coverage.largest_gap_from,
    coverage.largest_gap_to,
    coverage.fetched_rows,
    coverage.last_complete_at,
    coverage.missing_permission,
    coverage.missing_licence
from coverage
cross join answered
where coverage.tenant_id = $tenant_id
order by is_gap desc, coverage.what_is_missing is null desc, coverage.collection
