-- Who changes the most about apps, and what?
select
    coalesce(changed_by, 'not on record') as who,
    change_kind,
    count(*) as changes,
    count(distinct app_id) as apps,
    max(change_date) as newest
from permission_change
group by changed_by, change_kind
order by changes desc, who, change_kind
