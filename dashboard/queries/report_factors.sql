-- Why each app has its score
-- What adds to the score of an app, with the evidence and what to do, heaviest first; where people are left out, evidence of rules that may name them is, too.
select
    case
        when $with_people or people_names.app_id is null then apps.display_name
        else '(named like a person)'
    end as display_name,
    factors.app_id,
    apps.risk_score,
    factors.rule_id,
    factors.title,
    factors.dimension,
    factors.points,
    factors.impact_points,
    factors.likelihood_points,
    case
        when $with_people or (people_names.app_id is null and list_contains($impersonal_rules, factors.rule_id)) then factors.evidence
    end as evidence,
    factors.provenance,
    factors.why,
    factors.what_to_do
from app_risk_factor as factors
inner join app_overview as apps using (tenant_id, app_id)
left join app_risk_factor as people_names
    on
        factors.tenant_id = people_names.tenant_id
        and factors.app_id = people_names.app_id
        and people_names.rule_id = 'name_of_a_person'
where
    factors.tenant_id = $tenant_id
    and ($app_ids is null or list_contains($app_ids, factors.app_id))
order by
    apps.risk_score desc nulls last, apps.display_name, factors.app_id, factors.points desc,
    factors.impact_points + factors.likelihood_points desc, factors.rule_id
