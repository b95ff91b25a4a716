with source as (

    select * from {{ source('entra', 'sync_cursors') }}

),

renamed as (

    select
        tenant_id,
        collection,
        full_at,
        counted_at,
        graph_count,
        held_count
    from source

)

select * from renamed
