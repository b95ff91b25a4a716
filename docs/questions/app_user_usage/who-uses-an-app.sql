-- Who may use Zendesk, who does, and how did they come by it?
select
    coalesce(person.user_principal_name, usage.user_id) as who,
    usage.usage_state,
    usage.last_used_at,
    usage.successes,
    usage.is_assigned,
    coalesce(usage.group_name, usage.assigned_through) as assigned_through
from app_user_usage as usage
inner join dim_app as app using (tenant_id, app_id)
left join dim_user as person using (tenant_id, user_id)
where app.display_name = 'Zendesk' -- put your app's name here
order by usage.last_used_at desc nulls last, who
