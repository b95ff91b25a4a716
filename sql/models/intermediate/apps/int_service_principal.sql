-- Service principals with the app id that everything else is joined by.
with service_principals as (

    select * from {{ ref('stg_entra__service_principals') }}

),

-- An app id may be missing, for example on agent identities: the object id stands in, so that the row is not lost.
identified as (

    select
        tenant_id,
        service_principal_id,
        coalesce(nullif(app_id, ''), service_principal_id) as app_id,
        nullif(app_id, '') is not null as is_app_id_known,
        display_name,
        service_principal_type,
        owner_tenant_id,
        verified_publisher_id,
        verified_publisher_name,
        is_enabled,
        is_assignment_required,
        disabled_by_microsoft_status,
        sign_in_audience,
        single_sign_on_mode,
        homepage_url,
        reply_urls,
        tags,
        app_roles,
        delegated_scopes,
        key_credentials,
        password_credentials,
        created_at,
        deleted_at,
        arrival
    from service_principals

),

-- A deleted service principal may be listed next to the one that replaced it.
ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, app_id
            order by case when deleted_at is null then 0 else 1 end, arrival desc, service_principal_id
        ) as app_rank
    from identified

)

select * from ranked
