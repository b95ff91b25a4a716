-- Which apps look like consent phishing?
-- New and let in by a few people, named like somebody else, or known from break-ins: the more of these, the worse.
select
    app.display_name,
    app.created_at,
    string_agg(factor.title, '; ' order by factor.likelihood_points desc, factor.title) as findings,
    string_agg(factor.evidence, '; ' order by factor.likelihood_points desc, factor.title) as evidence
from app_risk_factor as factor
inner join dim_app as app using (tenant_id, app_id)
where factor.rule_id in ('consented_by_few', 'look_alike_name', 'claimed_name', 'name_of_a_person', 'watchlisted')
group by app.tenant_id, app.app_id, app.display_name, app.created_at
order by count(*) desc, sum(factor.likelihood_points) desc, app.display_name
