-- How did the use of Zendesk develop from week to week?
-- `successes` is null for what only a report of last activities shows: `days_used` counts such days as well.
select
    cast(date_trunc('week', day.sign_in_date) as date) as week,
    count(distinct day.sign_in_date) filter (where day.is_used) as days_used,
    sum(day.successes) as successes,
    max(day.active_users) as most_people_in_a_day
from fct_app_day as day
inner join dim_app as app using (tenant_id, app_id)
where app.display_name = 'Zendesk' -- put your app's name here
group by week
order by week desc
