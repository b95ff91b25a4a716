-- One row per permission that an app holds: delegated scopes by grant, application permissions and directory roles by
-- assignment. What is deleted holds nothing, gives nothing and consents to nothing, even while Graph still lists the grant.
with service_principals as (

    select * from {{ ref('int_service_principal') }}

),

deleted_users as (

    select
        tenant_id,
        user_id
    from {{ ref('stg_entra__users') }}
    where deleted_at is not null

),

delegated as (

    select
        tenant_id,
        grant_id as source_id,
        'delegated' as permission_type,
        client_service_principal_id,
        client_service_principal_id as grantee_id,
        resource_service_principal_id,
        consent_type,
        principal_id,
        cast(null as varchar) as role_id,
        permission_value,
        cast(null as timestamp with time zone) as granted_at
    from {{ ref('int_grant_scope') }}

),

application as (

    select
        tenant_id,
        assignment_id as source_id,
        'application' as permission_type,
        principal_id as client_service_principal_id,
        principal_id as grantee_id,
        resource_service_principal_id,
        cast(null as varchar) as consent_type,
        cast(null as varchar) as principal_id,
        lower(app_role_id) as role_id,
        cast(null as varchar) as permission_value,
        created_at as granted_at
    from {{ ref('stg_entra__app_role_assigned_to') }}
    where principal_type = 'ServicePrincipal' and deleted_at is null

),

-- The directory stands where other permissions have their API.
directory_roles as (

    select
        tenant_id,
        role_assignment_id as source_id,
        'directory_role' as permission_type,
        service_principal_id as client_service_principal_id,
        grantee_id,
        'directory' as resource_service_principal_id,
        cast(null as varchar) as consent_type,
        cast(null as varchar) as principal_id,
        permission_id as role_id,
        role_name as permission_value,
        cast(null as timestamp with time zone) as granted_at
    from {{ ref('int_directory_role_held') }}

),

recorded as (

    select * from delegated
    union all
    select * from application
    union all
    select * from directory_roles

),

held as (

    select recorded.*
    from recorded
    left join deleted_users
        on recorded.tenant_id = deleted_users.tenant_id and recorded.principal_id = deleted_users.user_id
    where deleted_users.user_id is null

),

app_objects as (

    select * from {{ ref('int_app_object') }}

),

-- Where Graph lists a grant of a service principal that it does not list, audits may tell which app it is; else its object id stands in.
identified as (

    select
        held.*,
        coalesce(client_objects.app_id, held.client_service_principal_id) as app_id,
        coalesce(resource_objects.app_id, held.resource_service_principal_id) as resource_app_id,
        resources.display_name as resource_name,
        coalesce(clients.is_app_id_known, false) as is_app_listed,
        coalesce(resources.is_app_id_known, held.permission_type = 'directory_role') as is_resource_listed
    from held
    left join service_principals as clients
        on held.tenant_id = clients.tenant_id and held.client_service_principal_id = clients.service_principal_id
    left join service_principals as resources
        on held.tenant_id = resources.tenant_id and held.resource_service_principal_id = resources.service_principal_id
    left join app_objects as client_objects
        on held.tenant_id = client_objects.tenant_id and held.client_service_principal_id = client_objects.object_id
    left join app_objects as resource_objects
        on held.tenant_id = resource_objects.tenant_id and held.resource_service_principal_id = resource_objects.object_id
    where clients.deleted_at is null and resources.deleted_at is null

),

known as (

    select * from {{ ref('int_permission_known') }}

),

resolved as (

    select
        identified.tenant_id,
        identified.source_id,
        identified.permission_type,
        identified.app_id,
        identified.client_service_principal_id,
        identified.grantee_id,
        identified.resource_app_id,
        identified.resource_service_principal_id,
        identified.resource_name,
        identified.is_app_listed,
        identified.is_resource_listed,
        identified.consent_type,
        identified.principal_id,
        identified.granted_at,
        -- A scope that the API does not define (any more) has no id: its value stands in.
        coalesce(identified.role_id, known_scopes.permission_id, lower(identified.permission_value))
            as permission_id,
        coalesce(identified.permission_value, known_roles.permission_value) as permission_value
    from identified
    left join known as known_scopes
        on
            identified.tenant_id = known_scopes.tenant_id
            and identified.resource_app_id = known_scopes.resource_app_id
            and identified.permission_type = known_scopes.permission_type
            and lower(identified.permission_value) = lower(known_scopes.permission_value)
            and known_scopes.value_rank = 1
    left join known as known_roles
        on
            identified.tenant_id = known_roles.tenant_id
            and identified.resource_app_id = known_roles.resource_app_id
            and identified.permission_type = known_roles.permission_type
            and identified.role_id = known_roles.permission_id

),

keyed as (

    select
        *,
        resource_app_id || '/' || permission_type || '/' || permission_id as permission_key
    from resolved

)

select * from keyed
