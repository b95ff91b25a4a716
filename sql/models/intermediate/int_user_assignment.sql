-- People assigned to apps directly. Deleted assignments no longer give anything.
with assignments as (

    select * from {{ ref('stg_entra__app_role_assigned_to') }}
    where principal_type = 'User' and deleted_at is null

),

service_principals as (

    select * from {{ ref('int_service_principal') }}

),

joined as (

    select
        assignments.tenant_id,
        assignments.assignment_id,
        coalesce(service_principals.app_id, assignments.resource_service_principal_id) as app_id,
        assignments.principal_id as user_id,
        assignments.created_at as assigned_at
    from assignments
    left join service_principals
        on
            assignments.tenant_id = service_principals.tenant_id
            and assignments.resource_service_principal_id = service_principals.service_principal_id

)

select * from joined
