-- What is missing altogether, and which answers does that cost?
select
    collection,
    outcome,
    feeds,
    what_is_missing,
    request_id
from coverage
where what_is_missing is not null
order by outcome, collection
