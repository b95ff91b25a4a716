-- Assignments of people and groups to apps that hold now. What is deleted is assigned to nothing.
with assignments as (

    select * from {{ ref('stg_entra__app_role_assigned_to') }}
    where principal_type in ('User', 'Group') and deleted_at is null

),

service_principals as (

    select * from {{ ref('int_service_principal') }}

),

app_objects as (

    select * from {{ ref('int_app_object') }}

),

deleted as (

    select tenant_id, user_id as principal_id from {{ ref('stg_entra__users') }}
    where deleted_at is not null
    union all
    select tenant_id, group_id as principal_id from {{ ref('stg_entra__groups') }}
    where deleted_at is not null

),

joined as (

    select
        assignments.tenant_id,
        assignments.assignment_id,
        coalesce(app_objects.app_id, assignments.resource_service_principal_id) as app_id,
        assignments.principal_type,
        assignments.principal_id,
        assignments.principal_display_name as principal_name,
        assignments.created_at as assigned_at
    from assignments
    left join service_principals
        on
            assignments.tenant_id = service_principals.tenant_id
            and assignments.resource_service_principal_id = service_principals.service_principal_id
    left join app_objects
        on
            assignments.tenant_id = app_objects.tenant_id
            and assignments.resource_service_principal_id = app_objects.object_id
    left join deleted
        on assignments.tenant_id = deleted.tenant_id and assignments.principal_id = deleted.principal_id
    where service_principals.deleted_at is null and deleted.principal_id is null

)

select * from joined
