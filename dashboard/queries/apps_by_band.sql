-- Apps by risk and use
-- How many of the apps that are not Microsoft's are in each band of risk, and whether they are used, unused, or nobody can tell.
select
    risk_band,
    count(*) as apps,
    count(*) filter (where usage_state = 'used') as used_apps,
    count(*) filter (where usage_state = 'unused') as unused_apps,
    count(*) filter (where usage_state = 'unknown') as unknown_apps
from app_overview
where tenant_id = $tenant_id and is_scored
group by risk_band
order by min(risk_score) desc
