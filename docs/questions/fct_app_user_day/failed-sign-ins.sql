-- At which apps do sign-ins fail for several people, as in an attack?
-- A password that is tried on one account after the other shows as many people, few tries each and hardly a success.
select
    app.display_name,
    sum(day.failures) as failures,
    count(distinct case when day.failures > 0 then day.principal_id end) as people,
    sum(day.successes) as successes,
    max(day.last_at) as last_at
from fct_app_user_day as day
inner join dim_app as app using (tenant_id, app_id)
where day.principal_type = 'user'
group by app.tenant_id, app.app_id, app.display_name
having people >= 3
order by failures desc, app.display_name
