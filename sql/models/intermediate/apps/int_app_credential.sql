-- Secrets and certificates an app can sign in with.
with service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

applications as (

    select * from {{ ref('int_application') }}

),

raw_credentials as (

    select tenant_id, app_id, 'certificate' as credential_kind, {{ json_elements('key_credentials') }} as credential
    from service_principals
    union all
    select tenant_id, app_id, 'secret' as credential_kind, {{ json_elements('password_credentials') }} as credential
    from service_principals
    union all
    select tenant_id, app_id, 'certificate' as credential_kind, {{ json_elements('key_credentials') }} as credential
    from applications
    union all
    select tenant_id, app_id, 'secret' as credential_kind, {{ json_elements('password_credentials') }} as credential
    from applications

),

parsed as (

    select
        tenant_id,
        app_id,
        credential_kind,
        {{ json_text('credential', 'keyId') }} as key_id,
        {{ json_text('credential', 'customKeyIdentifier') }} as custom_key_id,
        {{ json_text('credential', 'usage') }} as key_usage,
        {{ json_text('credential', 'displayName') }} as display_name,
        cast({{ json_text('credential', 'startDateTime') }} as timestamp with time zone) as starts_at,
        cast({{ json_text('credential', 'endDateTime') }} as timestamp with time zone) as ends_at
    from raw_credentials

),

-- A SAML app has a key that Entra signs with, and a password that opens it: nobody signs in with either.
signing as (

    select distinct
        tenant_id,
        app_id,
        custom_key_id
    from parsed
    where key_usage = 'Sign'

),

credentials as (

    select
        parsed.tenant_id,
        parsed.app_id,
        parsed.credential_kind,
        parsed.key_id,
        max(parsed.display_name) as display_name,
        min(parsed.starts_at) as starts_at,
        max(parsed.ends_at) as ends_at
    from parsed
    left join signing
        on
            parsed.tenant_id = signing.tenant_id
            and parsed.app_id = signing.app_id
            and parsed.custom_key_id = signing.custom_key_id
    where parsed.key_id is not null and signing.app_id is null and coalesce(parsed.key_usage, 'Verify') <> 'Sign'
    group by parsed.tenant_id, parsed.app_id, parsed.credential_kind, parsed.key_id

)

select * from credentials
