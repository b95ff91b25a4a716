-- Its use by day
-- How many people used the app on each of the last days, and how often it signed in as itself, by the best source that covers the day.
select
    daily.sign_in_date as day,
    max(daily.active_users) as people,
    bool_or(daily.is_used) as is_used,
    sum(daily.successes)::bigint as successes,
    sum(daily.failures)::bigint as failures
from fct_app_day as daily
inner join (select max(usage_window_to) as as_of from app_overview where tenant_id = $tenant_id) as newest
    on daily.sign_in_date > cast(newest.as_of as date) - $days::integer
where daily.tenant_id = $tenant_id and daily.app_id = $app_id
group by daily.sign_in_date
order by day
