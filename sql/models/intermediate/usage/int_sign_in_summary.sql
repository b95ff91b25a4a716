-- Counts of sign-ins by day that name an app, with the principal that signed in: each day as it was listed last. The list moves on,
-- and what grew too old for it happened all the same.
with listings as (

    select
        *,
        min(case when deleted_at is null then sign_in_date end) over (partition by tenant_id, collection) as listed_from,
        max(deleted_at) over (partition by tenant_id, collection, sign_in_date) as day_left_at
    from {{ ref('stg_entra__summarized_sign_ins') }}

),

-- A row that went while its day stayed was replaced by others; those that went with the last of their day left with the list.
summaries as (

    select * from listings
    where
        deleted_at is null
        or (deleted_at = day_left_at and (listed_from is null or sign_in_date < listed_from))

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

service_principals as (

    select * from {{ ref('int_service_principal') }}

),

-- A name may have passed from a deleted account to another.
users as (

    select
        tenant_id,
        lower(user_principal_name) as user_principal_name,
        min(user_id) as user_id,
        max(created_at) as created_at
    from {{ ref('stg_entra__users') }}
    where deleted_at is null
    group by tenant_id, lower(user_principal_name)

),

identified as (

    select
        summaries.tenant_id,
        summaries.sign_in_kind,
        summaries.sign_in_date,
        summaries.first_at,
        summaries.sign_ins,
        summaries.result,
        coalesce(summaries.app_id, service_principals.app_id, summaries.service_principal_id) as app_id,
        coalesce(summaries.app_display_name, summaries.service_principal_name) as app_display_name,
        summaries.resource_app_id,
        case when summaries.sign_in_kind = 'non_interactive' then 'user' else 'service_principal' end as principal_type,
        case
            when summaries.sign_in_kind = 'non_interactive' then coalesce(summaries.user_id, users.user_id, 'unknown')
            else coalesce(summaries.service_principal_id, 'unknown')
        end as principal_id,
        -- Of several sign-ins only the first has a time: on the first day of the window the others may have been in it.
        summaries.first_at > tenants.lookback_from
        or summaries.sign_in_date > {{ utc_date('tenants.lookback_from') }}
        or (summaries.sign_in_date = {{ utc_date('tenants.lookback_from') }} and summaries.sign_ins > 1)
            as is_in_lookback
    from summaries
    inner join tenants
        on summaries.tenant_id = tenants.tenant_id
    left join service_principals
        on
            summaries.tenant_id = service_principals.tenant_id
            and summaries.service_principal_id = service_principals.service_principal_id
    left join users
        on
            summaries.tenant_id = users.tenant_id
            and summaries.user_principal_name = users.user_principal_name
            and coalesce(users.created_at <= summaries.first_at, true)

),

named as (

    select * from identified
    where app_id is not null

)

select * from named
