-- The most dangerous apps
-- The highest scores first, with the three rules that weigh most in each.
select
    app_id,
    display_name,
    publisher_name,
    is_publisher_verified,
    ownership,
    usage_state,
    unknown_explanation,
    active_users,
    risk_score,
    risk_band,
    risk_titles
from app_overview
where tenant_id = $tenant_id and is_scored
order by risk_score desc, active_users desc, display_name, app_id
limit $limit
