with assigned as (

    select distinct
        tenant_id,
        principal_id as group_id
    from {{ ref('stg_entra__app_role_assigned_to') }}
    where principal_type = 'Group'

),

-- Groups with mail that are not Microsoft 365 groups are Exchange's: Graph cannot manage them. One that is a security group as well
-- gives access to apps like any other, so that one that is or was assigned to an app stands here.
groups as (

    select groups.*
    from {{ ref('stg_entra__groups') }} as groups
    left join assigned
        on groups.tenant_id = assigned.tenant_id and groups.group_id = assigned.group_id
    where groups.group_kind in ('microsoft_365', 'security') or assigned.group_id is not null

),

deleted_users as (

    select
        tenant_id,
        user_id
    from {{ ref('stg_entra__users') }}
    where deleted_at is not null

),

members as (

    select
        members.tenant_id,
        members.group_id,
        count(*) as members
    from {{ ref('stg_entra__group_members') }} as members
    left join deleted_users
        on members.tenant_id = deleted_users.tenant_id and members.member_id = deleted_users.user_id
    where members.deleted_at is null and deleted_users.user_id is null
    group by members.tenant_id, members.group_id

),

owners as (

    select
        tenant_id,
        group_id,
        count(*) as owners
    from {{ ref('stg_entra__group_owners') }}
    where deleted_at is null
    group by tenant_id, group_id

),

-- Where a list was never read whole, the absence of members or owners says nothing.
collected as (

    select
        tenant_id,
        {{ count_if("collection = 'group_members'") }} > 0 as has_members,
        {{ count_if("collection = 'group_owners'") }} > 0 as has_owners
    from {{ ref('int_collection_last_outcome') }}
    where last_complete_at is not null
    group by tenant_id

),

columns_of_groups as (

    select
        groups.tenant_id,
        groups.group_id,
        groups.display_name,
        groups.description,
        groups.mail,
        groups.group_kind,
        groups.is_dynamic,
        groups.is_mail_enabled,
        groups.is_security_enabled,
        groups.is_assignable_to_role,
        groups.is_synced,
        case when collected.has_members then coalesce(members.members, 0) end as members,
        case when collected.has_owners then coalesce(owners.owners, 0) end as owners,
        groups.created_at,
        groups.deleted_at,
        groups.deleted_at is not null as is_deleted
    from groups
    left join collected
        on groups.tenant_id = collected.tenant_id
    left join members
        on groups.tenant_id = members.tenant_id and groups.group_id = members.group_id
    left join owners
        on groups.tenant_id = owners.tenant_id and groups.group_id = owners.group_id

)

select * from columns_of_groups
