-- Which apps gained dangerous permissions within the last 30 days, and who gave them?
select
    change.change_date,
    change.app_name,
    change.change_kind,
    change.permission_value,
    change.tier,
    change.consent_type,
    change.changed_by
from permission_change as change
inner join (select tenant_id, max(window_to) as as_of from app_usage group by tenant_id) as newest using (tenant_id)
where
    change.change_kind in ('permission_granted', 'permission_widened', 'directory_role_added')
    and change.tier in ('critical', 'high')
    and change.changed_at >= newest.as_of - interval 30 day
order by change.change_date desc, change.app_name, change.permission_value, change.changed_by
