-- Seats that could be freed
-- How many there are in all, in how many apps and licences, and of how many people.
select
    coalesce(sum(seats) filter (where candidate_kind = 'assignment'), 0) as app_seats,
    coalesce(sum(seats) filter (where candidate_kind = 'licence'), 0) as licence_seats,
    count(distinct app_id) filter (where candidate_kind = 'assignment') as apps,
    count(distinct sku_id) filter (where candidate_kind = 'licence') as licences,
    count(distinct user_id) as people,
    count(*) as candidates
from reclaim_candidate
where tenant_id = $tenant_id
