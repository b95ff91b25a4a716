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
        created_date_time as created_at
    from source

)

select * from renamed
