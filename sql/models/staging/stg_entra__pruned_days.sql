with source as (

    select * from {{ source('entra', 'pruned_days') }}

),

kinds as (

    select * from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins'

),

renamed as (

    select
        source.tenant_id,
        source.collection,
        kinds.sign_in_kind,
        source.sign_in_date,
        source.rows as sign_ins,
        source.pruned_at
    from source
    left join kinds
        on source.collection = kinds.collection

)

select * from renamed
