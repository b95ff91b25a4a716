-- An app is used if and only if some source shows a success in the window: of sign-ins the facts of days, which another test
-- compares with the log.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

proven as (

    select days.tenant_id, days.app_id
    from {{ ref('fct_app_user_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    where days.successes > 0 and days.last_success_at > tenants.lookback_from

    union

    select days.tenant_id, days.resource_app_id as app_id
    from {{ ref('int_app_resource_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    where days.last_success_at > tenants.lookback_from

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
