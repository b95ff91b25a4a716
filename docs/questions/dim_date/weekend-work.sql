-- Which apps are used at weekends, by how many people?
-- Backups run then; of an app for people it may be a break-in.
select
    app.display_name,
    use.sign_in_kind,
    count(distinct day.date_day) as weekend_days,
    count(distinct use.principal_id) as principals,
    sum(use.successes) as sign_ins
from dim_date as day
inner join fct_app_user_day as use
    on day.date_day = use.sign_in_date
inner join dim_app as app using (tenant_id, app_id)
where day.is_weekend and use.successes > 0
group by app.tenant_id, app.app_id, app.display_name, use.sign_in_kind
order by sign_ins desc, app.display_name
