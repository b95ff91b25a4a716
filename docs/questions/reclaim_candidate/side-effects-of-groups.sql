-- Where a group gives the unused access, which other apps would the person lose with it?
select
    candidate.group_name,
    person.user_principal_name,
    app.display_name as unused_app,
    string_agg(other_app.display_name, ', ' order by other_app.display_name) as also_lost
from reclaim_candidate as candidate
inner join dim_app as app using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
left join app_user_usage as other
    on
        candidate.tenant_id = other.tenant_id
        and candidate.user_id = other.user_id
        and candidate.group_id = other.group_id
        and candidate.app_id <> other.app_id
left join dim_app as other_app
    on other.tenant_id = other_app.tenant_id and other.app_id = other_app.app_id
where candidate.assigned_through = 'group'
group by candidate.group_name, person.user_principal_name, app.display_name
order by candidate.group_name, person.user_principal_name, unused_app
