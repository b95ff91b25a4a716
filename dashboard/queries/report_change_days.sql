-- Changes by day
-- How many changes there were on which day (UTC) within the time, and how many of them granted or widened a permission.
select
    change_date,
    count(*) as changes,
    count(*) filter (where change_kind in ('permission_granted', 'permission_widened')) as grants
from permission_change
where tenant_id = $tenant_id and changed_at >= $since
group by change_date
order by change_date
