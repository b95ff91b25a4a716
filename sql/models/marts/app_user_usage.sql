with apps as (

    select * from {{ ref('dim_app') }}
    where not is_deleted

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

kinds as (

    select * from {{ ref('int_sign_in_kind_coverage') }}

),

-- People sign in interactively or without being asked; the other kinds say nothing of them.
people_coverage as (

    select
        tenant_id,
        {{ count_if('is_covered') }} = 2 as is_covered
    from kinds
    where sign_in_kind in ('interactive', 'non_interactive')
    group by tenant_id

),

days as (

    select
        days.*,
        tenants.lookback_from,
        days.sign_in_date >= {{ utc_date('tenants.lookback_from') }} as is_in_lookback
    from {{ ref('fct_app_user_day') }} as days
    left join tenants
        on days.tenant_id = tenants.tenant_id
    where days.principal_type = 'user'

),

activities as (

    select
        tenant_id,
        app_id,
        principal_id as user_id,
        max(last_success_at) as last_used_at,
        {{ total('case when is_in_lookback then successes end') }} as successes,
        {{ total('case when is_in_lookback then failures end') }} as failures
    from days
    group by tenant_id, app_id, principal_id

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
            when activities.last_used_at > tenants.lookback_from then 'used'
            when coalesce(people_coverage.is_covered, false) then 'unused'
            else 'unknown'
        end as usage_state,
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
    left join tenants
        on pairs.tenant_id = tenants.tenant_id

)

select * from joined
