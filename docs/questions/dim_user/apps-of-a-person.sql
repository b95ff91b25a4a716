-- Which apps does Hana use, and to which is she assigned for nothing?
select
    app.display_name,
    usage.usage_state,
    usage.last_used_at,
    usage.successes,
    coalesce(usage.group_name, usage.assigned_through) as assigned_through
from dim_user as person
inner join app_user_usage as usage using (tenant_id, user_id)
inner join dim_app as app using (tenant_id, app_id)
where person.user_principal_name = 'hana@woodgrove.example' -- put the person's name here
order by usage.last_used_at desc nulls last, app.display_name
