with apps as (

    select * from {{ ref('dim_app') }}
    where not is_deleted

),

kinds as (

    select * from {{ ref('int_sign_in_kind_coverage') }}

),

rungs as (

    select distinct
        usage_rung,
        rung_order
    from {{ ref('usage_source') }}

),

-- People sign in interactively or without being asked; the other kinds say nothing of them.
people_coverage as (

    select
        kinds.tenant_id,
        {{ count_if('kinds.is_covered') }} = 2 as is_covered,
        max(rungs.rung_order) as weakest_order
    from kinds
    left join rungs
        on kinds.usage_rung = rungs.usage_rung
    where kinds.sign_in_kind in ('interactive', 'non_interactive')
    group by kinds.tenant_id

),

activities as (

    select * from {{ ref('int_app_user_activity') }}

),

-- A success that names nobody may be anybody's.
nameless as (

    select
        tenant_id,
        app_id
    from activities
    where user_id = 'unknown' and usage_source is not null

),

idle as (

    select * from {{ ref('int_idle_user') }}

),

assignments as (

    select * from {{ ref('int_user_assignment') }}
    where path_rank = 1

),

pairs as (

    select tenant_id, app_id, user_id from activities
    union
    select tenant_id, app_id, user_id from assignments

),

joined as (

    select
        pairs.tenant_id,
        pairs.app_id,
        pairs.user_id,
        assignments.user_id is not null as is_assigned,
        assignments.assigned_through,
        assignments.group_id,
        assignments.group_name,
        case
            when activities.usage_source is not null then 'used'
            when idle.user_id is not null then 'unused'
            when people_coverage.is_covered and (nameless.app_id is null or pairs.user_id = 'unknown') then 'unused'
            else 'unknown'
        end as usage_state,
        case
            when activities.usage_source is not null then activities.usage_source
            when people_coverage.is_covered and (nameless.app_id is null or pairs.user_id = 'unknown') then rungs.usage_rung
            when idle.user_id is not null then 'sign_in_activity'
        end as usage_source,
        activities.last_used_at,
        coalesce(activities.successes, 0) as successes,
        coalesce(activities.failures, 0) as failures
    from pairs
    inner join apps
        on pairs.tenant_id = apps.tenant_id and pairs.app_id = apps.app_id
    left join activities
        on
            pairs.tenant_id = activities.tenant_id
            and pairs.app_id = activities.app_id
            and pairs.user_id = activities.user_id
    left join assignments
        on
            pairs.tenant_id = assignments.tenant_id
            and pairs.app_id = assignments.app_id
            and pairs.user_id = assignments.user_id
    left join people_coverage
        on pairs.tenant_id = people_coverage.tenant_id
    left join rungs
        on people_coverage.weakest_order = rungs.rung_order
    left join nameless
        on pairs.tenant_id = nameless.tenant_id and pairs.app_id = nameless.app_id
    left join idle
        on pairs.tenant_id = idle.tenant_id and pairs.user_id = idle.user_id

)

select * from joined
