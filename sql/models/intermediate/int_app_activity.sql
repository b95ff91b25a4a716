-- What the look-back window holds of an app, and the last success at any time.
with days as (

    select * from {{ ref('fct_app_user_day') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

marked as (

    select
        days.*,
        days.sign_in_date >= {{ utc_date('tenants.lookback_from') }} as is_in_lookback
    from days
    left join tenants
        on days.tenant_id = tenants.tenant_id

),

summed as (

    select
        tenant_id,
        app_id,
        min(first_success_at) as first_used_at,
        max(last_success_at) as last_used_at,
        max(last_at) as last_sign_in_at,
        count(distinct case when is_in_lookback and successes > 0 and principal_type = 'user' then principal_id end)
            as active_users,
        {{ total('case when is_in_lookback then successes end') }} as successes,
        {{ total('case when is_in_lookback then failures end') }} as failures,
        {{ total('case when is_in_lookback then interrupts end') }} as interrupts,
        {{ listed('case when is_in_lookback and successes > 0 then sign_in_kind end') }} as kinds_used
    from marked
    group by tenant_id, app_id

)

select * from summed
