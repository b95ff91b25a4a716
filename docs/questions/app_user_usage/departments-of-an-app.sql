-- Which departments use which app?
select
    app.display_name,
    coalesce(person.department, 'no department') as department,
    count(*) as people
from app_user_usage as usage
inner join dim_app as app using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
where usage.usage_state = 'used' and app.ownership <> 'microsoft'
group by app.display_name, person.department
order by app.display_name, people desc, department
