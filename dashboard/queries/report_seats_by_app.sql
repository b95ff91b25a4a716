-- Seats that could be freed, by app or licence
-- How many people verifiably do not use what they are assigned to or licensed for, and whose every way to it can be closed.
with by_person as (

    select
        candidate_kind,
        app_id,
        sku_part_number,
        user_id,
        sum(seats) as seats,
        not bool_and(coalesce(is_user_enabled, true)) as is_disabled,
        coalesce(bool_or(assigned_through = 'group'), false) as is_through_group,
        max(last_used_at) as last_used_at
    from reclaim_candidate
    where tenant_id = $tenant_id
    group by candidate_kind, app_id, sku_part_number, user_id

),

by_app as (

    select
        candidate_kind,
        app_id,
        sku_part_number,
        cast(sum(seats) as bigint) as seats,
        count(*) filter (where is_disabled) as disabled_people,
        count(*) filter (where is_through_group) as people_through_groups,
        count(*) filter (where last_used_at is null) as people_never_seen,
        max(last_used_at) as last_used_at
    from by_person
    group by candidate_kind, app_id, sku_part_number

),

people_names as (

    select app_id
    from app_risk_factor
    where tenant_id = $tenant_id and rule_id = 'name_of_a_person'

)

select
    case
        when by_app.candidate_kind = 'licence' then by_app.sku_part_number
        when $with_people or people_names.app_id is null then apps.display_name
        else '(named like a person)'
    end as display_name,
    by_app.candidate_kind,
    by_app.app_id,
    by_app.seats,
    by_app.disabled_people,
    by_app.people_through_groups,
    by_app.people_never_seen,
    by_app.last_used_at
from by_app
left join dim_app as apps
    on apps.tenant_id = $tenant_id and by_app.app_id = apps.app_id
left join people_names
    on by_app.app_id = people_names.app_id
order by by_app.seats desc, by_app.candidate_kind, display_name, by_app.app_id
limit $rows
