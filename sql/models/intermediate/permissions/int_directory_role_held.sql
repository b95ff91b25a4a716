-- Directory roles that apps hold, by assignment: directly, or as a member of a group that holds one. A group that can hold
-- roles has no groups inside. What is deleted holds nothing and gives nothing.
with assignments as (

    select
        *,
        coalesce(directory_scope_id, app_scope_id, '/') as role_scope_id
    from {{ ref('stg_entra__role_assignments') }}
    where deleted_at is null

),

definitions as (

    select * from {{ ref('stg_entra__role_definitions') }}
    where deleted_at is null

),

members as (

    select * from {{ ref('stg_entra__group_members') }}
    where member_type = 'servicePrincipal' and deleted_at is null

),

groups as (

    select * from {{ ref('stg_entra__groups') }}

),

service_principals as (

    select * from {{ ref('int_service_principal') }}
    where deleted_at is null

),

held as (

    select
        tenant_id,
        role_assignment_id,
        role_definition_id,
        role_scope_id,
        principal_id as grantee_id,
        principal_id as service_principal_id,
        'direct' as held_through,
        cast(null as varchar) as group_id,
        cast(null as varchar) as group_name
    from assignments

    union all

    select
        assignments.tenant_id,
        assignments.role_assignment_id,
        assignments.role_definition_id,
        assignments.role_scope_id,
        assignments.principal_id as grantee_id,
        members.member_id as service_principal_id,
        'group' as held_through,
        assignments.principal_id as group_id,
        coalesce(groups.display_name, assignments.principal_id) as group_name
    from assignments
    inner join members
        on assignments.tenant_id = members.tenant_id and assignments.principal_id = members.group_id
    left join groups
        on assignments.tenant_id = groups.tenant_id and assignments.principal_id = groups.group_id
    where groups.deleted_at is null

),

named as (

    select
        held.tenant_id,
        service_principals.app_id,
        held.role_assignment_id,
        held.service_principal_id,
        held.grantee_id,
        held.held_through,
        held.group_id,
        held.group_name,
        -- A built-in role is the same everywhere by its template's id.
        lower(
            case when definitions.is_built_in then coalesce(definitions.role_template_id, held.role_definition_id)
            else held.role_definition_id end
        ) as permission_id,
        definitions.display_name as role_name,
        held.role_scope_id,
        -- A role may be held for a part of the directory only.
        case
            when held.role_scope_id = '/' then 'tenant'
            when held.role_scope_id like '/administrativeUnits/%' then 'administrative_unit'
            else 'object'
        end as role_scope,
        coalesce(definitions.display_name, held.role_definition_id)
        || case when held.role_scope_id = '/' then '' else ' on ' || held.role_scope_id end as directory_role
    from held
    inner join service_principals
        on held.tenant_id = service_principals.tenant_id and held.service_principal_id = service_principals.service_principal_id
    left join definitions
        on held.tenant_id = definitions.tenant_id and held.role_definition_id = definitions.role_definition_id

)

select * from named
