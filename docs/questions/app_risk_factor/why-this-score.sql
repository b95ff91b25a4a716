-- Why has MailWise the score it has, and what can be done about it?
select
    factor.title,
    factor.points,
    factor.evidence,
    factor.why,
    factor.what_to_do
from app_risk_factor as factor
inner join dim_app as app using (tenant_id, app_id)
where app.display_name = 'MailWise' -- put your app's name here
order by factor.points desc, factor.title
