{{ config(materialized='view') }}

-- Sign-ins that name an app, with the principal that signed in. Service principal and managed identity sign-ins have
-- no user, and may name the service principal only.
with sign_ins as (

    select * from {{ ref('stg_entra__sign_ins') }}

),

service_principals as (

    select * from {{ ref('int_service_principal') }}

),

identified as (

    select
        sign_ins.tenant_id,
        sign_ins.sign_in_id,
        sign_ins.sign_in_kind,
        sign_ins.signed_in_at,
        {{ utc_date('sign_ins.signed_in_at') }} as sign_in_date,
        sign_ins.result,
        coalesce(sign_ins.app_id, service_principals.app_id, sign_ins.service_principal_id) as app_id,
        coalesce(sign_ins.app_display_name, sign_ins.service_principal_name) as app_display_name,
        sign_ins.app_owner_tenant_id,
        sign_ins.resource_app_id,
        sign_ins.country,
        sign_ins.processing_details,
        case
            when sign_ins.sign_in_kind in ('interactive', 'non_interactive') then 'user'
            else 'service_principal'
        end as principal_type,
        case
            when sign_ins.sign_in_kind in ('interactive', 'non_interactive') then coalesce(sign_ins.user_id, 'unknown')
            else coalesce(sign_ins.service_principal_id, 'unknown')
        end as principal_id
    from sign_ins
    left join service_principals
        on
            sign_ins.tenant_id = service_principals.tenant_id
            and sign_ins.service_principal_id = service_principals.service_principal_id

),

named as (

    select * from identified
    where app_id is not null

)

select * from named
