-- Apps of which nobody can tell whether they are used
-- How many apps that is, by the reason; none of them counts as unused.
select
    unknown_explanation as reason,
    count(*) as apps,
    count(*) filter (where risk_band in ('critical', 'high')) as dangerous_apps
from app_overview
where tenant_id = $tenant_id and is_scored and usage_state = 'unknown'
group by unknown_explanation
order by apps desc, reason
