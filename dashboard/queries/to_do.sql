-- What to do first
-- What an administrator can act on today: what is dangerous, what is new, what can be switched off or given back, and what nobody can see.
with
apps as (select * from app_overview where tenant_id = $tenant_id and is_scored and is_enabled is distinct from false),

newest as (select max(usage_window_to) as as_of from app_overview where tenant_id = $tenant_id),

changes as (
    select change.*
    from permission_change as change, newest
    where change.tenant_id = $tenant_id and change.changed_at >= newest.as_of - interval 7 day
)

select
    1 as place,
    'dangerous' as what,
    count(*) as things,
    count(*) filter (where risk_band = 'critical') as worst
from apps
where risk_band in ('critical', 'high')
union all
select 2, 'power_gained', count(*), count(*) filter (where tier = 'critical')
from changes
where change_kind in ('permission_granted', 'permission_widened', 'directory_role_added') and tier in ('critical', 'high')
union all
select 3, 'dangerous_unused', count(*), count(*) filter (where risk_band = 'critical')
from apps
where risk_band in ('critical', 'high') and usage_state = 'unused'
union all
select 4, 'new_apps', count(distinct app_id), null
from changes
where change_kind = 'app_added'
union all
select 5, 'ending_credentials', count(*), count(*) filter (where app.last_credential_ends_at < newest.as_of + interval 7 day)
from dim_app as app, newest
where
    app.tenant_id = $tenant_id and not app.is_deleted and app.ownership = 'own'
    and app.last_credential_ends_at between newest.as_of and newest.as_of + interval 30 day
union all
select 6, 'seats', coalesce(sum(seats), 0)::bigint, count(distinct user_id)
from reclaim_candidate
where tenant_id = $tenant_id
union all
select 7, 'unknown_apps', count(*), count(*) filter (where risk_band in ('critical', 'high'))
from apps
where usage_state = 'unknown'
order by place
