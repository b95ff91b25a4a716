-- Seats by app and licence
-- How many seats could be freed at each app and of each licence, and of how many people.
select
    candidate.candidate_kind,
    candidate.app_id,
    candidate.sku_id,
    coalesce(app.display_name, candidate.sku_part_number) as what,
    sum(candidate.seats)::bigint as seats,
    count(distinct candidate.user_id) as people,
    count(distinct candidate.user_id) filter (where candidate.is_user_enabled = false) as disabled_people,
    count(distinct candidate.user_id) filter (where candidate.assigned_through = 'group') as people_by_group,
    app.entitled_users
from reclaim_candidate as candidate
left join app_overview as app using (tenant_id, app_id)
where candidate.tenant_id = $tenant_id
group by candidate.candidate_kind, candidate.app_id, candidate.sku_id, what, app.entitled_users
order by seats desc, people desc, what
limit $limit
