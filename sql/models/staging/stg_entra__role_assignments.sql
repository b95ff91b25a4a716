with source as (

    select * from {{ source('entra', 'role_assignments') }}

),

renamed as (

    select
        tenant_id,
        id as role_assignment_id,
        role_definition_id,
        principal_id,
        directory_scope_id,
        app_scope_id,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
