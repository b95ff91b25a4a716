-- Sign-ins by day
-- How many sign-ins to all apps together ended with a token on each of the last days, of people and of apps themselves.
select
    daily.sign_in_date as day,
    sum(daily.successes)::bigint as successes,
    sum(daily.failures)::bigint as failures
from fct_app_day as daily
inner join (select max(usage_window_to) as as_of from app_overview where tenant_id = $tenant_id) as newest
    on daily.sign_in_date > cast(newest.as_of as date) - $days::integer
where daily.tenant_id = $tenant_id
group by daily.sign_in_date
order by day
