-- People who hold a privileged directory role, themselves or as members of a group that holds one. Graph says which roles are
-- privileged where it says so at all; else the list of built-in roles that Microsoft marks decides.
with assignments as (

    select * from {{ ref('stg_entra__role_assignments') }}
    where deleted_at is null

),

definitions as (

    select * from {{ ref('stg_entra__role_definitions') }}
    where deleted_at is null

),

privileged_roles as (

    select * from {{ ref('directory_role_rating') }}
    where is_privileged

),

groups as (

    select * from {{ ref('stg_entra__groups') }}
    where deleted_at is null

),

members as (

    select * from {{ ref('stg_entra__group_members') }}
    where member_type = 'user' and deleted_at is null

),

users as (

    select * from {{ ref('stg_entra__users') }}
    where deleted_at is null

),

held as (

    select
        tenant_id,
        role_definition_id,
        directory_scope_id,
        principal_id as user_id
    from assignments

    union all

    select
        assignments.tenant_id,
        assignments.role_definition_id,
        assignments.directory_scope_id,
        members.member_id as user_id
    from assignments
    inner join groups
        on assignments.tenant_id = groups.tenant_id and assignments.principal_id = groups.group_id
    inner join members
        on groups.tenant_id = members.tenant_id and groups.group_id = members.group_id

),

-- A built-in role's definition has the id of its template: it is known even where definitions were not read.
named as (

    select
        held.tenant_id,
        held.user_id,
        coalesce(definitions.display_name, privileged_roles.role_name, held.role_definition_id)
        || case when coalesce(held.directory_scope_id, '/') = '/' then '' else ' on ' || held.directory_scope_id end
            as privileged_role
    from held
    inner join users
        on held.tenant_id = users.tenant_id and held.user_id = users.user_id
    left join definitions
        on held.tenant_id = definitions.tenant_id and held.role_definition_id = definitions.role_definition_id
    left join privileged_roles
        on coalesce(definitions.role_template_id, held.role_definition_id) = privileged_roles.role_template_id
    where coalesce(definitions.is_privileged, privileged_roles.role_template_id is not null)

),

listed as (

    select
        tenant_id,
        user_id,
        {{ sorted_list('privileged_role') }} as privileged_roles
    from named
    group by tenant_id, user_id

)

select * from listed
