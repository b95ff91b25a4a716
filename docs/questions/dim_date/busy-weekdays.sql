-- On which days of the week do people use Zendesk?
select
    day.weekday_number,
    count(distinct day.date_day) as days,
    count(distinct use.principal_id) as people,
    sum(use.successes) as sign_ins
from dim_date as day
inner join fct_app_user_day as use
    on day.date_day = use.sign_in_date
inner join dim_app as app using (tenant_id, app_id)
where app.display_name = 'Zendesk' and use.principal_type = 'user' and use.successes > 0
group by day.weekday_number
order by day.weekday_number
