-- Which guests gave apps access to their data here?
select
    person.user_principal_name,
    app.display_name,
    string_agg(held.permission_value, ', ' order by held.permission_value) as permissions,
    max(held.consented_at) as consented_at
from dim_user as person
inner join fct_permission as held
    on person.tenant_id = held.tenant_id and person.user_id = held.principal_id
inner join dim_app as app
    on held.tenant_id = app.tenant_id and held.app_id = app.app_id
where person.user_type = 'guest'
group by person.tenant_id, person.user_id, person.user_principal_name, app.app_id, app.display_name
order by consented_at desc nulls last, app.display_name
