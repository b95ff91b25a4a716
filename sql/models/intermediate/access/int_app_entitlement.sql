-- Who may sign in to an app: the people who are assigned, or everybody with an account that is enabled where no assignment is
-- required. Guests are people like others. Whoever does not exist in the directory is not counted out: lists lag.
with apps as (

    select * from {{ ref('dim_app') }}
    where not is_deleted

),

assignments as (

    select * from {{ ref('int_user_assignment') }}
    where path_rank = 1

),

app_assignments as (

    select * from {{ ref('int_app_assignment') }}

),

users as (

    select * from {{ ref('stg_entra__users') }}

),

active as (

    select * from {{ ref('int_app_user_active_days') }}
    where active_days_30 > 0

),

-- Who may come is known where the lists were read whole at least once.
lists as (

    select
        tenant_id,
        {{ count_if("collection = 'users'") }} > 0 as has_users,
        {{ count_if("collection = 'app_role_assigned_to'") }} > 0 as has_assignments
    from {{ ref('int_collection_last_outcome') }}
    where last_complete_at is not null
    group by tenant_id

),

assigned as (

    select
        assignments.tenant_id,
        assignments.app_id,
        count(*) as entitled_users,
        count(active.user_id) as entitled_active_users
    from assignments
    left join users
        on assignments.tenant_id = users.tenant_id and assignments.user_id = users.user_id
    left join active
        on
            assignments.tenant_id = active.tenant_id
            and assignments.app_id = active.app_id
            and assignments.user_id = active.user_id
    where coalesce(users.is_enabled, true)
    group by assignments.tenant_id, assignments.app_id

),

everyone as (

    select
        tenant_id,
        count(*) as entitled_users
    from users
    where deleted_at is null and coalesce(is_enabled, true)
    group by tenant_id

),

everyone_active as (

    select
        active.tenant_id,
        active.app_id,
        count(*) as entitled_active_users
    from active
    inner join users
        on active.tenant_id = users.tenant_id and active.user_id = users.user_id
    where users.deleted_at is null and coalesce(users.is_enabled, true)
    group by active.tenant_id, active.app_id

),

moded as (

    select
        tenant_id,
        app_id,
        case
            when sign_in_path = 'none' or not is_enabled then 'nobody'
            when disabled_by_microsoft_status = 'DisabledDueToViolationOfServicesAgreement' then 'nobody'
            when is_assignment_required then 'assigned'
            when not is_assignment_required then 'everyone'
            else 'unknown'
        end as access_mode
    from apps

),

counted as (

    select
        moded.tenant_id,
        moded.app_id,
        moded.access_mode,
        case
            when moded.access_mode = 'nobody' then 0
            when moded.access_mode = 'everyone' and lists.has_users then coalesce(everyone.entitled_users, 0)
            -- Whoever comes through a group is unknown where members were never read.
            when
                moded.access_mode = 'assigned'
                and lists.has_assignments
                and (app_assignments.app_id is null or app_assignments.assigned_people is not null)
                then coalesce(assigned.entitled_users, 0)
        end as entitled_users,
        case
            when moded.access_mode = 'everyone' then coalesce(everyone_active.entitled_active_users, 0)
            when moded.access_mode = 'assigned' then coalesce(assigned.entitled_active_users, 0)
            else 0
        end as entitled_active_users
    from moded
    left join lists
        on moded.tenant_id = lists.tenant_id
    left join app_assignments
        on moded.tenant_id = app_assignments.tenant_id and moded.app_id = app_assignments.app_id
    left join assigned
        on moded.tenant_id = assigned.tenant_id and moded.app_id = assigned.app_id
    left join everyone
        on moded.tenant_id = everyone.tenant_id
    left join everyone_active
        on moded.tenant_id = everyone_active.tenant_id and moded.app_id = everyone_active.app_id

)

select
    tenant_id,
    app_id,
    access_mode,
    entitled_users,
    case when entitled_users is not null then entitled_active_users end as entitled_active_users
from counted
