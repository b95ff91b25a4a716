-- Which findings are the most common, and which apps have them?
select
    factor.title,
    count(*) as apps,
    sum(factor.points) as points,
    any_value(factor.what_to_do order by factor.rule_id) as what_to_do,
    string_agg(app.display_name, ', ' order by app.display_name) as names
from app_risk_factor as factor
inner join dim_app as app using (tenant_id, app_id)
group by factor.title
order by apps desc, factor.title
