-- Directory roles as permissions an app may hold: built-in ones by template id, which is the same in every tenant.
with definitions as (

    select * from {{ ref('stg_entra__role_definitions') }}
    where deleted_at is null

),

identified as (

    select
        tenant_id,
        case
            when is_built_in then lower(coalesce(role_template_id, role_definition_id))
            else lower(role_definition_id)
        end as permission_id,
        display_name,
        coalesce(is_enabled, true) as is_enabled
    from definitions

),

deduplicated as (

    select
        tenant_id,
        'directory' as resource_app_id,
        'directory_role' as permission_type,
        permission_id,
        max(display_name) as permission_value,
        max(display_name) as display_name,
        max(case when is_enabled then 1 else 0 end) = 1 as is_enabled
    from identified
    group by tenant_id, permission_id

)

select * from deduplicated
