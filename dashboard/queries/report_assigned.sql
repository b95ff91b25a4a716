-- Whether people use what they are assigned to
-- How many assignments of a person to an app there are that are used, unused, or of which nobody can tell, and why.
select
    usage_state,
    unknown_explanation as reason,
    count(*) as assigned_people
from app_user_usage
where tenant_id = $tenant_id and is_assigned
group by usage_state, unknown_explanation
order by usage_state = 'unknown', usage_state desc, assigned_people desc, reason
