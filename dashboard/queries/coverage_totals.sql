-- What was collected
-- How many of the lists that Consentry reads were read whole, in part, or not at all.
select
    count(*) as collections,
    count(*) filter (where outcome = 'complete' and what_is_missing is null) as complete_collections,
    count(*) filter (where outcome in ('denied', 'unlicensed', 'unavailable')) as refused_collections,
    count(*) filter (where outcome = 'not_collected') as untried_collections,
    count(*) filter (where what_is_missing is not null and outcome in ('complete', 'partial')) as lacking_collections,
    max(last_complete_at) as last_complete_at
from coverage
where tenant_id = $tenant_id and outcome <> 'not_needed'
