-- Which third-party apps in use come from a publisher whom nobody verified?
select
    display_name,
    active_users,
    tenant_wide_permissions,
    application_permissions,
    risk_score,
    first_seen_at
from app_overview
where ownership = 'third_party' and usage_state = 'used' and not is_publisher_verified
order by active_users desc, display_name
