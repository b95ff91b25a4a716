with held as (

    select * from {{ ref('int_permission_held') }}

),

consents as (

    select * from {{ ref('int_permission_consent') }}

),

uses as (

    select * from {{ ref('int_permission_use') }}

),

permissions as (

    select * from {{ ref('dim_permission') }}

),

directory_roles as (

    select * from {{ ref('int_directory_role_held') }}

),

users as (

    select * from {{ ref('stg_entra__users') }}

),

joined as (

    select
        held.tenant_id,
        held.app_id,
        held.permission_key,
        held.source_id,
        held.permission_type,
        held.resource_app_id,
        coalesce(held.resource_name, permissions.resource_name, held.resource_app_id) as resource_name,
        held.permission_id,
        permissions.permission_value,
        permissions.takeover,
        permissions.takeover_tier,
        permissions.data_exposure,
        permissions.data_exposure_tier,
        permissions.data_area,
        permissions.data_access,
        permissions.data_reach,
        permissions.tier,
        permissions.is_pattern_rated,
        held.consent_type,
        case held.consent_type when 'AllPrincipals' then 'everyone' when 'Principal' then 'user' else 'app' end
            as principal_type,
        held.principal_id,
        users.is_enabled as is_principal_enabled,
        directory_roles.held_through,
        directory_roles.group_id,
        directory_roles.group_name,
        directory_roles.role_scope,
        directory_roles.role_scope_id,
        held.granted_at,
        consents.consented_at,
        consents.consented_by_user_id,
        consents.consented_by_service_principal_id,
        consents.consented_by,
        consents.is_admin_consent,
        uses.use_state,
        uses.use_source,
        uses.last_used_at,
        uses.api_last_used_at,
        uses.use_unknown_reason,
        uses.use_unknown_explanation
    from held
    inner join permissions
        on held.tenant_id = permissions.tenant_id and held.permission_key = permissions.permission_key
    inner join uses
        on
            held.tenant_id = uses.tenant_id
            and held.app_id = uses.app_id
            and held.source_id = uses.source_id
            and held.permission_key = uses.permission_key
    left join consents
        on
            held.tenant_id = consents.tenant_id
            and held.app_id = consents.app_id
            and held.source_id = consents.source_id
            and held.permission_key = consents.permission_key
    left join directory_roles
        on
            held.tenant_id = directory_roles.tenant_id
            and held.app_id = directory_roles.app_id
            and held.source_id = directory_roles.role_assignment_id
            and held.permission_type = 'directory_role'
    left join users
        on held.tenant_id = users.tenant_id and held.principal_id = users.user_id

)

select * from joined
