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

    {{ proven_besides_sign_ins() }}

)

{{ used_unlike_proven() }}
