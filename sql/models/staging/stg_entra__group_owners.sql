with source as (

    select * from {{ source('entra', 'group_owners') }}

),

renamed as (

    select
        tenant_id,
        group_id,
        id as owner_id,
        replace(odata_type, '#microsoft.graph.', '') as owner_type,
        _deleted_at as deleted_at,
        _removed_reason as removed_reason
    from source

)

select * from renamed
