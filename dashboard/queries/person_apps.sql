-- Apps of this person
-- Apps that the person used or is assigned to, the most used first.
select
    app.app_id,
    app.display_name,
    app.risk_score,
    app.risk_band,
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
    count(*) over () as matching_apps
from app_user_usage as used
inner join app_overview as app using (tenant_id, app_id)
where used.tenant_id = $tenant_id and used.user_id = $user_id
order by used.active_days_30 desc nulls last, used.last_used_at desc nulls last, app.display_name, app.app_id
limit $limit
