-- Directory roles an app holds, itself or as a member of a group that holds one.
with assignments as (

    select * from {{ ref('stg_entra__role_assignments') }}
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

service_principals as (

    select * from {{ ref('int_service_principal') }}
    where deleted_at is null

),

held as (

    select
        tenant_id,
        role_definition_id,
        directory_scope_id,
        principal_id
    from assignments

    union all

    select
        assignments.tenant_id,
        assignments.role_definition_id,
        assignments.directory_scope_id,
        members.member_id as principal_id
    from assignments
    inner join members
        on assignments.tenant_id = members.tenant_id and assignments.principal_id = members.group_id

),

-- A role may be held for a part of the directory only: an administrative unit, or one app.
named as (

    select distinct
        held.tenant_id,
        service_principals.app_id,
        coalesce(definitions.display_name, held.role_definition_id)
        || case when coalesce(held.directory_scope_id, '/') = '/' then '' else ' on ' || held.directory_scope_id end
            as directory_role
    from held
    inner join service_principals
        on held.tenant_id = service_principals.tenant_id and held.principal_id = service_principals.service_principal_id
    left join definitions
        on held.tenant_id = definitions.tenant_id and held.role_definition_id = definitions.role_definition_id

)

select * from named
