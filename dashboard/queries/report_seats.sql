-- Who could be taken off what, and on which evidence
-- Each assignment or licence that verifiably nobody uses, the person, why it can go, and what else goes with it.
select
    coalesce(apps.display_name, seats.sku_part_number) as display_name,
    seats.candidate_kind,
    coalesce(people.display_name, people.user_principal_name, seats.user_id) as person,
    people.user_principal_name,
    people.department,
    seats.is_user_enabled,
    seats.assigned_through,
    seats.group_name,
    seats.assigned_at,
    seats.last_used_at,
    seats.evidence,
    seats.removal_effect,
    seats.seats,
    seats.assignment_id,
    seats.app_id,
    seats.sku_id,
    seats.user_id
from reclaim_candidate as seats
left join dim_app as apps using (tenant_id, app_id)
left join dim_user as people
    on seats.tenant_id = people.tenant_id and seats.user_id = people.user_id
where seats.tenant_id = $tenant_id
order by seats.candidate_kind, display_name, person, seats.reclaim_id
limit $rows
