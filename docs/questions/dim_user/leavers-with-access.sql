-- Which disabled accounts are still assigned to apps?
select
    person.user_principal_name,
    person.department,
    string_agg(app.display_name, ', ' order by app.display_name) as apps,
    max(usage.last_used_at) as last_used_at
from dim_user as person
inner join app_user_usage as usage using (tenant_id, user_id)
inner join dim_app as app using (tenant_id, app_id)
where not person.is_enabled and not person.is_deleted and usage.is_assigned
group by person.tenant_id, person.user_id, person.user_principal_name, person.department
order by person.user_principal_name
