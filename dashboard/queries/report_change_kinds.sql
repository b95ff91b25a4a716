-- Changes by kind
-- How many changes of which kind there were within the time, in how many apps, and how many of them are about a dangerous permission.
select
    change_kind,
    count(*) as changes,
    count(distinct app_id) as apps,
    count(*) filter (where tier in ('critical', 'high')) as dangerous_changes
from permission_change
where tenant_id = $tenant_id and changed_at >= $since
group by change_kind
order by changes desc, change_kind
