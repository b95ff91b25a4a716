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
        consumed_units,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
