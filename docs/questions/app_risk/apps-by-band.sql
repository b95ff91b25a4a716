-- How many apps are in each band of risk, and how many of these are in use?
select
    risk.band,
    count(*) as apps,
    count(*) filter (where used.usage_state = 'used') as used,
    count(*) filter (where used.usage_state = 'unused') as unused,
    count(*) filter (where used.usage_state = 'unknown') as unknown
from app_risk as risk
inner join app_usage as used using (tenant_id, app_id)
group by risk.band
order by max(risk.score) desc nulls last
