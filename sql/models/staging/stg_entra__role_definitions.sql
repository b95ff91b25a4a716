with source as (

    select * from {{ source('entra', 'role_definitions') }}

),

renamed as (

    select
        tenant_id,
        id as role_definition_id,
        template_id as role_template_id,
        display_name,
        is_built_in,
        is_enabled,
        is_privileged,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
