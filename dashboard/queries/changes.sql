-- What changed
-- Changes of apps and their permissions, the newest first, with who did it where it is on record and how many fit the filters in all.
select
    change.changed_at,
    change.change_date,
    change.app_id,
    change.app_name,
    app.app_id is not null as is_app_known,
    change.change_kind,
    change.what,
    change.permission_value,
    change.tier,
    change.changed_by,
    person.user_id as changed_by_user_id,
    change.known_from,
    count(*) over () as matching_changes
from permission_change as change
inner join (select max(usage_window_to) as as_of from app_overview where tenant_id = $tenant_id) as newest on true
left join app_overview as app using (tenant_id, app_id)
left join dim_user as person on change.tenant_id = person.tenant_id and change.changed_by_id = person.user_id
where
    change.tenant_id = $tenant_id
    and ($app_id is null or change.app_id = $app_id)
    and ($user_id is null or change.changed_by_id = $user_id)
    and ($days is null or change.changed_at >= newest.as_of - $days::integer * interval 1 day)
    and ($kind is null or list_contains(string_split($kind, ','), change.change_kind))
    and ($tier is null or list_contains(string_split($tier, ','), change.tier))
    and ($search is null or contains(lower(change.what || ' ' || coalesce(change.changed_by, '')), lower($search)))
order by change.changed_at desc, change.app_name, change.what, change.change_id
limit $limit offset $offset
