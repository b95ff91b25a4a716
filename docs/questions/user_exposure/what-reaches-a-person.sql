-- What can reach Finn's data, what can it do there, and who let it in?
-- Rows of everyone are apps that reach all people, and so this person too.
select
    app.display_name,
    exposure.through,
    exposure.can_write,
    array_to_string(exposure.write_areas, ', ') as can_write_to,
    array_to_string(exposure.read_areas, ', ') as can_read,
    exposure.data_exposure,
    exposure.consented_by
from user_exposure as exposure
inner join dim_app as app using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
where
    exposure.affects = 'everyone'
    or person.user_principal_name = 'finn@woodgrove.example' -- put the person's name here
order by exposure.data_exposure desc nulls last, app.display_name, exposure.through
