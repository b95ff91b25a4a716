-- Why it has this score
-- Every rule that applies to the app: what it adds, what the score would be without it, what was found, and what to do.
select
    title,
    dimension,
    points,
    score_without,
    impact_points,
    likelihood_points,
    evidence,
    provenance,
    why,
    what_to_do,
    rule_id
from app_risk_factor
where tenant_id = $tenant_id and app_id = $app_id
order by points desc, impact_points + likelihood_points desc, title
