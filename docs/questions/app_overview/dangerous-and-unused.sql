-- Which apps with powerful permissions does nobody use?
-- Each can go without anybody missing it. An app of which nobody knows whether it is used is not in the list.
select
    display_name,
    risk_score,
    critical_permissions,
    high_permissions,
    last_used_at,
    owner_names
from app_overview
where usage_state = 'unused' and critical_permissions + high_permissions > 0
order by risk_score desc, display_name
