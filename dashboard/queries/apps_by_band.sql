-- Apps by band of risk
-- How many of the scored apps are in each band, and how many of these are used, unused or not known to be either.
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
