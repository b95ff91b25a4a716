with source as (

    select * from {{ source('entra', 'summarized_sign_ins') }}

),

kinds as (

    select * from {{ ref('usage_source') }}
    where usage_rung = 'summarized_sign_ins'

),

interrupts as (

    select * from {{ ref('sign_in_interrupt_code') }}

),

renamed as (

    select
        source.tenant_id,
        source.id as summary_id,
        source._collection as collection,
        kinds.sign_in_kind,
        {{ utc_date('source.aggregation_date_time') }} as sign_in_date,
        source.first_sign_in_date_time as first_at,
        coalesce(source.sign_in_count, 1) as sign_ins,
        nullif(source.app_id, '') as app_id,
        nullif(source.app_display_name, '') as app_display_name,
        {{ told_id('source.user_id') }} as user_id,
        lower(nullif(source.user_principal_name, '')) as user_principal_name,
        nullif(source.service_principal_id, '') as service_principal_id,
        nullif(source.service_principal_name, '') as service_principal_name,
        nullif(source.resource_id, '') as resource_app_id,
        {{ sign_in_result('source.status__error_code', 'interrupts.error_code') }} as result,
        source._deleted_at as deleted_at,
        source._removed_reason as removed_reason
    from source
    left join kinds
        on source._collection = kinds.collection
    left join interrupts
        on source.status__error_code = interrupts.error_code

)

select * from renamed
