-- Who does not use what they have
-- One row a thing that can be taken back from a person, with the evidence, what else goes with it, and how many fit the filters in all.
select
    candidate.candidate_kind,
    candidate.user_id,
    person.display_name as person_name,
    person.user_principal_name,
    candidate.app_id,
    coalesce(app.display_name, candidate.sku_part_number) as what,
    candidate.assigned_through,
    candidate.group_name,
    candidate.assigned_at,
    candidate.reclaim_reason,
    candidate.last_used_at,
    candidate.is_user_enabled,
    candidate.evidence,
    candidate.removal_effect,
    candidate.seats,
    count(*) over () as matching_candidates
from reclaim_candidate as candidate
left join app_overview as app using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
where
    candidate.tenant_id = $tenant_id
    and ($app_id is null or candidate.app_id = $app_id)
    and ($sku_id is null or candidate.sku_id = $sku_id)
    and ($reason is null or candidate.reclaim_reason = $reason)
    and (
        $search is null
        or contains(lower(coalesce(person.display_name, '')), lower($search))
        or contains(lower(coalesce(person.user_principal_name, '')), lower($search))
        or contains(lower(coalesce(app.display_name, candidate.sku_part_number, '')), lower($search))
    )
order by candidate.last_used_at nulls first, what, person.user_principal_name, candidate.reclaim_id
limit $limit offset $offset
