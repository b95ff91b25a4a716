-- Every factor weighs something: a rule that applies and adds nothing explains nothing.
select
    tenant_id,
    app_id,
    rule_id
from {{ ref('app_risk_factor') }}
where impact_points + likelihood_points <= 0
