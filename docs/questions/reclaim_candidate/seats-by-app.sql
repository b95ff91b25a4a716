-- How many seats could be freed, by app?
select
    app.display_name,
    count(distinct candidate.user_id) as people,
    count(distinct candidate.user_id) filter (where not candidate.is_user_enabled) as of_disabled_accounts,
    count(distinct candidate.user_id) filter (where candidate.assigned_through = 'direct') as directly_assigned
from reclaim_candidate as candidate
inner join dim_app as app using (tenant_id, app_id)
group by app.tenant_id, app.app_id, app.display_name
order by people desc, app.display_name
