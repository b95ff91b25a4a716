with source as (

    select * from {{ source('entra', 'sync_windows') }}

),

renamed as (

    select
        tenant_id,
        collection,
        window_from,
        window_to,
        read_at,
        run_id,
        "rows" as fetched_rows
    from source

)

select * from renamed
