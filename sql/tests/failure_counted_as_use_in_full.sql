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

    select tenant_id, app_id
    from {{ ref('int_sign_in_summary') }}
    where result = 'success' and is_in_lookback

    union

    select tenant_id, resource_app_id as app_id
    from {{ ref('int_sign_in_summary') }}
    where result = 'success' and is_in_lookback

    union

    select activities.tenant_id, activities.app_id
    from {{ ref('stg_entra__service_principal_sign_in_activities') }} as activities
    inner join tenants
        on activities.tenant_id = tenants.tenant_id
    where
        greatest(
            activities.any_success_at,
            activities.delegated_client_success_at,
            activities.app_only_client_success_at,
            activities.delegated_resource_success_at,
            activities.app_only_resource_success_at
        ) > tenants.lookback_from

    union

    select activities.tenant_id, activities.app_id
    from {{ ref('stg_entra__app_credential_sign_in_activities') }} as activities
    inner join tenants
        on activities.tenant_id = tenants.tenant_id
    where activities.last_successful_at > tenants.lookback_from

)

select
    usages.tenant_id,
    usages.app_id
from {{ ref('app_usage') }} as usages
left join proven
    on usages.tenant_id = proven.tenant_id and usages.app_id = proven.app_id
where (usages.usage_state = 'used') <> (proven.app_id is not null)
