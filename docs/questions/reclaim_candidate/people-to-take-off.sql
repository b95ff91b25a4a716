-- Which people could be taken off Figma, and on which evidence?
select
    person.user_principal_name,
    candidate.assigned_at,
    candidate.last_used_at,
    candidate.usage_source,
    candidate.is_user_enabled,
    coalesce('leave the group ' || candidate.group_name, 'remove the assignment ' || candidate.assignment_id) as what_to_do
from reclaim_candidate as candidate
inner join dim_app as app using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
where app.display_name = 'Figma' -- put your app's name here
order by candidate.last_used_at nulls first, person.user_principal_name
