-- People who signed in successfully nowhere within the window, by Entra's own note on their accounts: they used no app. The
-- note is up to a day behind, so what single sign-ins and counts tell stands against it.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

noted_tenants as (

    select * from {{ ref('int_noted_tenant') }}

),

activities as (

    select * from {{ ref('stg_entra__user_sign_in_activity') }}
    where deleted_at is null

),

seen as (

    select distinct
        tenant_id,
        user_id
    from {{ ref('int_app_user_activity') }}
    where usage_source is not null

),

idle as (

    select
        activities.tenant_id,
        activities.user_id
    from activities
    inner join tenants
        on activities.tenant_id = tenants.tenant_id
    inner join noted_tenants
        on activities.tenant_id = noted_tenants.tenant_id
    left join seen
        on activities.tenant_id = seen.tenant_id and activities.user_id = seen.user_id
    where
        seen.user_id is null
        -- Without a success on the account an attempt within the window may have been one.
        and coalesce(
            activities.last_successful_at,
            greatest(activities.last_interactive_at, activities.last_non_interactive_at),
            tenants.lookback_from
        ) <= tenants.lookback_from

)

select * from idle
