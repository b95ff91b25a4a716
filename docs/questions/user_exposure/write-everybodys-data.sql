-- Which apps can change everybody's data, and which kinds of it?
select
    app.display_name,
    app.ownership,
    exposure.through,
    array_to_string(exposure.write_areas, ', ') as can_write_to,
    exposure.takeover,
    exposure.data_exposure
from user_exposure as exposure
inner join dim_app as app using (tenant_id, app_id)
where exposure.affects = 'everyone' and exposure.can_write
order by exposure.data_exposure desc nulls last, app.display_name, exposure.through
