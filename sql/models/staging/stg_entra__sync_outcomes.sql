with source as (

    select * from {{ source('entra', 'sync_outcomes') }}

),

renamed as (

    select
        tenant_id,
        run_id,
        collection,
        table_name,
        is_required,
        outcome,
        started_at,
        finished_at,
        window_from,
        window_to,
        "rows" as fetched_rows,
        graph_count,
        missing_permission,
        missing_licence,
        error,
        error_code,
        request_id
    from source

)

select * from renamed
