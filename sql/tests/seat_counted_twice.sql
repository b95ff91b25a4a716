-- A person has one seat of an app or licence at most, whatever the number of ways to it.
select
    tenant_id,
    candidate_kind,
    coalesce(app_id, sku_id) as what_id,
    user_id,
    sum(seats) as seats
from {{ ref('reclaim_candidate') }}
group by tenant_id, candidate_kind, coalesce(app_id, sku_id), user_id
having sum(seats) > 1
