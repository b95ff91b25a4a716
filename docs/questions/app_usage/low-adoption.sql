-- Which apps do few of the people use who may?
select
    app.display_name,
    used.entitled_users,
    used.entitled_active_users,
    used.adoption_percent,
    used.power_users
from app_usage as used
inner join dim_app as app using (tenant_id, app_id)
where used.access_mode = 'assigned' and used.adoption_percent < 50
order by used.entitled_users - used.entitled_active_users desc, app.display_name
