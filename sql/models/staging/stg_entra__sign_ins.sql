with source as (

    select * from {{ source('entra', 'sign_ins') }}

),

kinds as (

    select * from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins'

),

interrupts as (

    select * from {{ ref('sign_in_interrupt_code') }}

),

renamed as (

    select
        source.tenant_id,
        source.id as sign_in_id,
        kinds.sign_in_kind,
        source.created_date_time as signed_in_at,
        {{ is_elsewhere('source') }} as is_elsewhere,
        -- What somebody of ours used in another tenant is an app of that tenant, also where this one has one of that id.
        case when not {{ is_elsewhere('source') }} then nullif(source.app_id, '') end as app_id,
        nullif(source.app_display_name, '') as app_display_name,
        nullif(source.app_owner_tenant_id, '') as app_owner_tenant_id,
        {{ told_id('source.user_id') }} as user_id,
        nullif(source.user_principal_name, '') as user_principal_name,
        nullif(source.service_principal_id, '') as service_principal_id,
        nullif(source.service_principal_name, '') as service_principal_name,
        nullif(source.resource_id, '') as resource_app_id,
        nullif(upper(trim(source.location__country_or_region)), '') as country,
        source.authentication_processing_details as processing_details,
        source._dlt_load_id as load_id,
        source.status__error_code as error_code,
        {{ sign_in_result('source.status__error_code', 'interrupts.error_code') }} as result
    from source
    left join kinds
        on source._collection = kinds.collection
    left join interrupts
        on source.status__error_code = interrupts.error_code

)

select * from renamed
