-- People who may use an app because they, or a group that they are a member of, are assigned to it. Members of a group inside
-- an assigned group get nothing: Entra does not follow nested groups here. Nor does it let a distribution list in that is no security
-- group; a group that the directory does not list is taken at its word.
with assignments as (

    select * from {{ ref('int_assignment') }}

),

members as (

    select * from {{ ref('stg_entra__group_members') }}
    where member_type = 'user' and deleted_at is null

),

deleted_users as (

    select
        tenant_id,
        user_id
    from {{ ref('stg_entra__users') }}
    where deleted_at is not null

),

distribution_lists as (

    select
        tenant_id,
        group_id
    from {{ ref('stg_entra__groups') }}
    where group_kind = 'distribution'

),

joinings as (

    select * from {{ ref('int_group_joining') }}

),

direct as (

    select
        tenant_id,
        assignment_id,
        app_id,
        principal_id as user_id,
        'direct' as assigned_through,
        cast(null as varchar) as group_id,
        cast(null as varchar) as group_name,
        assigned_at,
        cast(null as timestamp with time zone) as joined_at
    from assignments
    where principal_type = 'User'

),

through_groups as (

    select
        assignments.tenant_id,
        assignments.assignment_id,
        assignments.app_id,
        members.member_id as user_id,
        'group' as assigned_through,
        assignments.principal_id as group_id,
        coalesce(assignments.principal_name, assignments.principal_id) as group_name,
        assignments.assigned_at,
        joinings.joined_at
    from assignments
    inner join members
        on assignments.tenant_id = members.tenant_id and assignments.principal_id = members.group_id
    left join joinings
        on
            members.tenant_id = joinings.tenant_id
            and members.group_id = joinings.group_id
            and members.member_id = joinings.user_id
    left join deleted_users
        on members.tenant_id = deleted_users.tenant_id and members.member_id = deleted_users.user_id
    left join distribution_lists
        on
            assignments.tenant_id = distribution_lists.tenant_id
            and assignments.principal_id = distribution_lists.group_id
    where
        assignments.principal_type = 'Group'
        and deleted_users.user_id is null
        and distribution_lists.group_id is null

),

assigned as (

    select * from direct
    union all
    select * from through_groups

),

-- A direct assignment is the path that is told; among groups the first by name.
ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, app_id, user_id
            order by case assigned_through when 'direct' then 0 else 1 end, group_name, group_id, assignment_id
        ) as path_rank,
        max(case assigned_through when 'direct' then 1 else 0 end) over (
            partition by tenant_id, app_id, user_id
        ) = 1 as is_direct_as_well
    from assigned

)

select * from ranked
