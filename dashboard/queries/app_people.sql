-- Who uses it
-- People who signed in to the app or are assigned to it, the most active first, with how many fit the filters in all.
with
matching as (
    select user_id, active_days_30, last_used_at
    from app_user_usage
    where
        tenant_id = $tenant_id
        and app_id = $app_id
        and ($usage is null or usage_state = $usage)
        and (
            $search is null
            or user_id in (
                select user_id
                from dim_user
                where
                    tenant_id = $tenant_id
                    and (
                        contains(lower(coalesce(display_name, '')), lower($search))
                        or contains(lower(coalesce(user_principal_name, '')), lower($search))
                        or contains(lower(coalesce(department, '')), lower($search))
                    )
            )
        )
),

shown as (
    select user_id
    from matching
    order by active_days_30 desc nulls last, last_used_at desc nulls last, user_id
    limit $limit offset $offset
)

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
    used.failures,
    counted.matching_people
from app_user_usage as used
inner join shown using (user_id)
cross join (select count(*) as matching_people from matching) as counted
left join dim_user as person using (tenant_id, user_id)
where used.tenant_id = $tenant_id and used.app_id = $app_id
order by used.active_days_30 desc nulls last, used.last_used_at desc nulls last, used.user_id
