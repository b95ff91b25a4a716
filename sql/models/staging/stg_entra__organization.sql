with source as (

    select * from {{ source('entra', 'organization') }}

),

renamed as (

    select
        tenant_id,
        id as organization_id,
        display_name,
        country_letter_code,
        tenant_type,
        created_date_time as created_at,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
