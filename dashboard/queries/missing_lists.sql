-- What is missing for this
-- Of the lists that this page rests on, those that were not read, or not whole, and why.
select collection, outcome, feeds, what_is_missing
from coverage
where
    tenant_id = $tenant_id
    and list_contains(string_split($collections, ','), collection)
    and what_is_missing is not null
order by collection
