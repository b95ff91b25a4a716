-- Directory roles that apps hold, themselves or as members of a group that holds one, by the id that is the same in audits.
with assignments as (

    select
        *,
        coalesce(directory_scope_id, app_scope_id, '/') as role_scope
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

service_principals as (

    select * from {{ ref('int_service_principal') }}
    where deleted_at is null

),

held as (

    select
        tenant_id,
        role_definition_id,
        role_scope,
        principal_id
    from assignments

    union

    select
        assignments.tenant_id,
        assignments.role_definition_id,
        assignments.role_scope,
        members.member_id as principal_id
    from assignments
    inner join members
        on assignments.tenant_id = members.tenant_id and assignments.principal_id = members.group_id

),

identified as (

    select
        held.tenant_id,
        service_principals.app_id,
        -- A built-in role has the id of its template everywhere.
        lower(coalesce(definitions.role_template_id, held.role_definition_id)) as role_id,
        coalesce(definitions.display_name, held.role_definition_id) as role_name,
        held.role_scope
    from held
    inner join service_principals
        on held.tenant_id = service_principals.tenant_id and held.principal_id = service_principals.service_principal_id
    left join definitions
        on held.tenant_id = definitions.tenant_id and held.role_definition_id = definitions.role_definition_id

),

-- A role may be held for a part of the directory only: an administrative unit, or one app.
named as (

    select
        tenant_id,
        app_id,
        role_id || case when role_scope = '/' then '' else ' on ' || role_scope end as role_item,
        role_name || case when role_scope = '/' then '' else ' on ' || role_scope end as role_label,
        role_name,
        'directory/directory_role/' || role_id as permission_key
    from identified
    group by tenant_id, app_id, role_id, role_name, role_scope

)

select * from named
