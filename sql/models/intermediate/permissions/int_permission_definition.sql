-- Permissions that the APIs in the tenant define themselves.
with service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

roles as (

    select
        tenant_id,
        app_id as resource_app_id,
        {{ json_elements('app_roles') }} as definition
    from service_principals

),

scopes as (

    select
        tenant_id,
        app_id as resource_app_id,
        {{ json_elements('delegated_scopes') }} as definition
    from service_principals

),

described as (

    select
        tenant_id,
        resource_app_id,
        'application' as permission_type,
        lower({{ json_text('definition', 'id') }}) as permission_id,
        {{ json_text('definition', 'value') }} as permission_value,
        {{ json_text('definition', 'displayName') }} as display_name,
        {{ json_text('definition', 'isEnabled') }} = 'true' as is_enabled
    from roles
    -- Roles for people only are not permissions of apps.
    where cast({{ json_member('definition', 'allowedMemberTypes') }} as varchar) like '%"Application"%'

    union all

    select
        tenant_id,
        resource_app_id,
        'delegated' as permission_type,
        lower({{ json_text('definition', 'id') }}) as permission_id,
        {{ json_text('definition', 'value') }} as permission_value,
        {{ json_text('definition', 'adminConsentDisplayName') }} as display_name,
        {{ json_text('definition', 'isEnabled') }} = 'true' as is_enabled
    from scopes

),

deduplicated as (

    select
        tenant_id,
        resource_app_id,
        permission_type,
        permission_id,
        max(permission_value) as permission_value,
        max(display_name) as display_name,
        max(case when is_enabled then 1 else 0 end) = 1 as is_enabled
    from described
    where permission_id is not null
    group by tenant_id, resource_app_id, permission_type, permission_id

)

select * from deduplicated
