-- Who uses it
-- People who signed in to the app or are assigned to it, the most active first, with how many fit the filters in all.
with
matching as (
    select
        used.user_id,
        person.display_name,
        person.user_principal_name,
        person.department,
        person.user_type,
        person.is_enabled,
        used.usage_state,
        used.unknown_explanation,
        used.usage_level,
        used.active_days_30,
        used.known_days_30,
        used.last_used_at,
        used.is_assigned,
        used.assigned_through,
        used.group_name,
        used.failures
    from app_user_usage as used
    left join dim_user as person using (tenant_id, user_id)
    where
        used.tenant_id = $tenant_id
        and used.app_id = $app_id
        and ($usage is null or used.usage_state = $usage)
        and (
            $search is null
            or contains(lower(coalesce(person.display_name, '')), lower($search))
            or contains(lower(coalesce(person.user_principal_name, '')), lower($search))
            or contains(lower(coalesce(person.department, '')), lower($search))
        )
)

select
    matching.*,
    counted.matching_people
from matching
cross join (select count(*) as matching_people from matching) as counted
order by active_days_30 desc nulls last, last_used_at desc nulls last, user_principal_name, user_id
limit $limit offset $offset
