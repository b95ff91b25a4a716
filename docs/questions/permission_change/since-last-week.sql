-- What changed since last week, and who did it?
select
    change.changed_at,
    change.app_name,
    change.what,
    change.tier,
    coalesce(change.changed_by, 'not on record') as changed_by,
    change.known_from
from permission_change as change
inner join (select tenant_id, max(window_to) as as_of from app_usage group by tenant_id) as newest using (tenant_id)
where change.changed_at >= newest.as_of - interval 7 day
order by change.changed_at desc, change.app_name, change.what
