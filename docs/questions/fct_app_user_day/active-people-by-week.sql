-- How many people used third-party apps in each week?
select
    cast(date_trunc('week', day.sign_in_date) as date) as week,
    count(distinct day.principal_id) as people,
    count(distinct day.app_id) as apps,
    sum(day.successes) as sign_ins
from fct_app_user_day as day
inner join dim_app as app using (tenant_id, app_id)
where app.ownership = 'third_party' and day.principal_type = 'user' and day.successes > 0
group by week
order by week desc
