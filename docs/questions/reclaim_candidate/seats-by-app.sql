-- How many seats could be freed, by app?
select
    app.display_name,
    sum(candidate.seats) as seats,
    sum(candidate.seats) filter (where not candidate.is_user_enabled) as of_disabled_accounts,
    count(distinct candidate.user_id) as people
from reclaim_candidate as candidate
inner join dim_app as app using (tenant_id, app_id)
group by app.tenant_id, app.app_id, app.display_name
order by seats desc, app.display_name
