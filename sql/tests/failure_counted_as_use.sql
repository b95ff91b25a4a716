-- An app is used only if a sign-in in the window succeeded, as raw sign-ins tell it.
with successes as (

    select distinct
        sign_ins.tenant_id,
        sign_ins.app_id,
        sign_ins.resource_app_id
    from {{ ref('int_sign_in') }} as sign_ins
    inner join {{ ref('int_tenant') }} as tenants
        on sign_ins.tenant_id = tenants.tenant_id
    where sign_ins.result = 'success' and sign_ins.signed_in_at > tenants.lookback_from

),

proven as (

    select tenant_id, app_id from successes
    union
    select tenant_id, resource_app_id as app_id from successes

)

select
    usages.tenant_id,
    usages.app_id
from {{ ref('app_usage') }} as usages
left join proven
    on usages.tenant_id = proven.tenant_id and usages.app_id = proven.app_id
where (usages.usage_state = 'used') <> (proven.app_id is not null)
