-- Which apps hold directory roles?
-- A role is worth as much to an app as to an admin.
select
    app.app_id,
    app.display_name,
    app.ownership,
    array_to_string(app.directory_roles, ', ') as directory_roles,
    used.usage_state
from dim_app as app
inner join app_usage as used using (tenant_id, app_id)
where app.directory_roles is not null
order by app.display_name
