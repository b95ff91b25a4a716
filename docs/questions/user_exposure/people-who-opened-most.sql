-- Which people opened the most of their data to apps by their own consent?
select
    coalesce(person.user_principal_name, exposure.user_id) as who,
    person.department,
    count(distinct exposure.app_id) as apps,
    max(exposure.data_exposure) as worst_data_exposure,
    string_agg(distinct app.display_name, ', ' order by app.display_name) as names
from user_exposure as exposure
inner join dim_app as app using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
where exposure.through = 'own_consent'
group by exposure.tenant_id, exposure.user_id, person.user_principal_name, person.department
order by apps desc, worst_data_exposure desc nulls last, who
