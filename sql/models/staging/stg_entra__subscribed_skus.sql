with source as (

    select * from {{ source('entra', 'subscribed_skus') }}

),

renamed as (

    select
        tenant_id,
        id as subscribed_sku_id,
        sku_id,
        sku_part_number,
        capability_status,
        applies_to,
        prepaid_units__enabled as enabled_units,
        consumed_units
    from source

)

select * from renamed
