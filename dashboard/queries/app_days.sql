-- Its use by day
-- How many people used the app on each of the last days, and how often it signed in as itself, by the best source that covers the day.
with
people as (
    select sign_in_date, count(distinct principal_id) as people
    from fct_app_user_day
    where tenant_id = $tenant_id and app_id = $app_id and principal_type = 'user' and successes > 0
    group by sign_in_date
)

select
    daily.sign_in_date as day,
    -- Somebody of several kinds of sign-in is one; of counts by day, the fullest kind has at least so many. A report names nobody.
    case
        when people.people is null and bool_or(daily.sign_in_kind = 'delegated') then nullif(max(daily.active_users), 0)
        else greatest(people.people, max(daily.active_users))
    end as people,
    bool_or(daily.is_used) as is_used,
    sum(daily.successes)::bigint as successes,
    sum(daily.failures)::bigint as failures
from fct_app_day as daily
inner join (select max(usage_window_to) as as_of from app_overview where tenant_id = $tenant_id) as newest
    on daily.sign_in_date > cast(newest.as_of as date) - $days::integer
left join people using (sign_in_date)
where daily.tenant_id = $tenant_id and daily.app_id = $app_id
group by daily.sign_in_date, people.people
order by day
