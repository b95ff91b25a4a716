-- Apps for which others got tokens in people's names within the look-back window: whoever works with an app through another one
-- uses it without a sign-in to it. In whose names it was, the facts of APIs do not say.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

called as (

    select
        days.tenant_id,
        days.resource_app_id as app_id
    from {{ ref('int_app_resource_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    where
        days.app_id <> days.resource_app_id
        and days.sign_in_kind in ('interactive', 'non_interactive')
        and days.last_success_at > tenants.lookback_from

    union

    select
        tenant_id,
        resource_app_id as app_id
    from {{ ref('int_sign_in_summary') }}
    where result = 'success' and is_in_lookback and principal_type = 'user' and app_id <> resource_app_id

)

select * from called
