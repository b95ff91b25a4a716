-- Which consents of disabled accounts are still in force?
-- They come back to life with the account.
select
    person.user_principal_name,
    app.display_name,
    string_agg(held.permission_value, ', ' order by held.permission_value) as permissions,
    held.source_id
from fct_permission as held
inner join dim_app as app using (tenant_id, app_id)
inner join dim_user as person
    on held.tenant_id = person.tenant_id and held.principal_id = person.user_id
where not held.is_principal_enabled
group by person.user_principal_name, app.display_name, held.source_id
order by person.user_principal_name, app.display_name
