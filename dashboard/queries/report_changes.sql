-- What changed about apps
-- Each change within the time: first what is dangerous, then the newest; where people are left out, nobody is named.
with people_names as (

    select tenant_id, app_id
    from app_risk_factor
    where tenant_id = $tenant_id and rule_id = 'name_of_a_person'

),

named as (

    select
        changes.* replace (
            case
                when $with_people or people_names.app_id is null then changes.app_name
                else '(named like a person)'
            end as app_name
        ),
        not $with_people
        and (
            people_names.app_id is not null
            or coalesce(changes.consent_type = 'Principal', false)
            or changes.change_kind in ('owner_added', 'owner_removed')
        ) as is_personal
    from permission_change as changes
    left join people_names using (tenant_id, app_id)
    where changes.tenant_id = $tenant_id and changes.changed_at >= $since

)

select
    changed_at,
    app_name,
    app_id,
    change_kind,
    tier,
    case
        when not is_personal then what
        when change_kind = 'owner_added' then app_name || ' got an owner'
        when change_kind = 'owner_removed' then app_name || ' lost an owner'
        when consent_type = 'Principal'
            then permission_value || ' was ' || split_part(change_kind, '_', 2) || ': ' || app_name || ', for one person'
        else app_name || ': ' || replace(change_kind, '_', ' ') || coalesce(' (' || permission_value || ')', '')
    end as what,
    case when $with_people then changed_by end as changed_by,
    changed_by_id is not null as is_actor_known,
    known_from
from named
order by
    case
        when change_kind not in ('permission_granted', 'permission_widened', 'directory_role_added') then 3
        when tier = 'critical' then 0
        when tier = 'high' then 1
        when tier in ('medium', 'unrated') or change_kind = 'directory_role_added' then 2
        else 4
    end,
    changed_at desc, app_name, change_id
limit $rows
