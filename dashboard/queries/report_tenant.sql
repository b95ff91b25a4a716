-- Whose data it is, and from when
-- The tenant's name where an app of its own tells it, the window that use was looked for in, and how many apps and people there are.
select
    (
        select min(publisher_name)
        from dim_app
        where tenant_id = $tenant_id and ownership = 'own' and not is_publisher_verified
    ) as tenant_name,
    max(usage_window_from) as window_from,
    max(usage_window_to) as window_to,
    count(*) filter (where is_scored) as apps,
    count(*) filter (where not is_scored) as microsoft_apps,
    count(*) filter (where is_scored and usage_state = 'used') as used_apps,
    count(*) filter (where is_scored and usage_state = 'unused') as unused_apps,
    count(*) filter (where is_scored and usage_state = 'unknown') as unknown_apps,
    count(*) filter (where is_scored and unrated_permissions > 0) as apps_with_unrated_permissions,
    max(missing_risk_evidence) as missing_risk_evidence,
    (select count(*) from dim_user where tenant_id = $tenant_id and not is_deleted) as people
from app_overview
where tenant_id = $tenant_id
