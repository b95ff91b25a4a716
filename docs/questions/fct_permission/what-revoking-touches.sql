-- What would be revoked with MailWise, and how many people would notice?
-- `source_id` is what to delete in Graph: a delegated grant takes all of its permissions with it.
select
    held.source_id,
    held.permission_type,
    coalesce(person.user_principal_name, 'everyone') as for_whom,
    string_agg(held.permission_value, ', ' order by held.permission_value) as permissions,
    any_value(used.active_users) as people_who_used_it,
    any_value(used.last_used_at) as last_used_at
from fct_permission as held
inner join dim_app as app using (tenant_id, app_id)
inner join app_usage as used using (tenant_id, app_id)
left join dim_user as person
    on held.tenant_id = person.tenant_id and held.principal_id = person.user_id
where app.display_name = 'MailWise' -- put your app's name here
group by held.source_id, held.permission_type, person.user_principal_name
order by held.permission_type, for_whom
