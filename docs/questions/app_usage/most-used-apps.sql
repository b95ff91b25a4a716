-- Which apps have the most monthly users, and is that more or fewer than in the month before?
with people as (

    select
        day.tenant_id,
        day.app_id,
        count(distinct case when day.sign_in_date >= used.window_from then day.principal_id end) as people,
        count(distinct case when day.sign_in_date < used.window_from then day.principal_id end) as people_before
    from fct_app_user_day as day
    inner join app_usage as used using (tenant_id, app_id)
    where
        day.principal_type = 'user'
        and day.successes > 0
        and day.sign_in_date >= used.window_from - interval 30 day
    group by day.tenant_id, day.app_id

)

select
    app.display_name,
    people.people,
    people.people_before,
    people.people - people.people_before as change
from people
inner join dim_app as app using (tenant_id, app_id)
order by people.people desc, app.display_name
limit 20
