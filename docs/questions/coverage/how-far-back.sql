-- From when to when are the logs known, and how fresh are they?
select
    collection,
    collected_from,
    collected_to,
    round(stale_hours, 1) as stale_hours,
    gaps,
    round(uncovered_hours, 1) as uncovered_hours,
    is_lookback_covered
from coverage
where collected_from is not null
order by collection
