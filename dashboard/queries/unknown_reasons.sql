-- Why nobody can tell whether an app is used
-- Apps that are not Microsoft's and whose use is not known, by the reason; none of them counts as unused.
select
    unknown_reason,
    min(unknown_explanation) as unknown_explanation,
    count(*) as apps,
    count(*) filter (where risk_band in ('critical', 'high')) as dangerous_apps
from app_overview
where tenant_id = $tenant_id and is_scored and usage_state = 'unknown'
group by unknown_reason
order by apps desc, unknown_reason
