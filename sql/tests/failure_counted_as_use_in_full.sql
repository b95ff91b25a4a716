{{ config(tags=['full_scan']) }}

-- An app is used if and only if some source shows a success in the window, as the staging models tell it. Reads every sign-in:
-- for tests, not for each build.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

proven as (

    select sign_ins.tenant_id, sign_ins.app_id
    from {{ ref('int_sign_in') }} as sign_ins
    inner join tenants
        on sign_ins.tenant_id = tenants.tenant_id
    where sign_ins.result = 'success' and sign_ins.signed_in_at > tenants.lookback_from

    union

    select sign_ins.tenant_id, sign_ins.resource_app_id as app_id
    from {{ ref('int_sign_in') }} as sign_ins
    inner join tenants
        on sign_ins.tenant_id = tenants.tenant_id
    where sign_ins.result = 'success' and sign_ins.signed_in_at > tenants.lookback_from

    union

    {{ proven_besides_sign_ins() }}

)

{{ used_unlike_proven() }}
