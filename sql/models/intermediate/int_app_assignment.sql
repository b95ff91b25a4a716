-- Who is assigned to an app: people and groups, for the app as resource; and when the first assignment was made.
with assignments as (

    select * from {{ ref('stg_entra__app_role_assigned_to') }}
    where deleted_at is null

),

service_principals as (

    select * from {{ ref('int_service_principal') }}

),

summed as (

    select
        assignments.tenant_id,
        coalesce(service_principals.app_id, assignments.resource_service_principal_id) as app_id,
        count(distinct case when assignments.principal_type = 'User' then assignments.principal_id end)
            as assigned_users,
        count(distinct case when assignments.principal_type = 'Group' then assignments.principal_id end)
            as assigned_groups,
        min(assignments.created_at) as first_assigned_at
    from assignments
    left join service_principals
        on
            assignments.tenant_id = service_principals.tenant_id
            and assignments.resource_service_principal_id = service_principals.service_principal_id
    group by
        assignments.tenant_id,
        coalesce(service_principals.app_id, assignments.resource_service_principal_id)

)

select * from summed
