-- Apps by impact and likelihood
-- How many of the scored apps have which impact and likelihood, in steps of ten points.
select
    least(impact // 10, 9) as impact_step,
    least(likelihood // 10, 9) as likelihood_step,
    count(*) as apps
from app_risk
where tenant_id = $tenant_id and is_scored
group by impact_step, likelihood_step
order by impact_step, likelihood_step
