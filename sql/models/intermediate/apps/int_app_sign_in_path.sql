-- How Entra sees people come to an app. Behind an application proxy with pass-through people come without a sign-in; a link or
-- a stored password opens the app without one. Whether a proxy asks Entra first, the service principal does not say.
with service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

modes as (

    select * from {{ ref('single_sign_on_mode') }}

),

judged as (

    select
        service_principals.tenant_id,
        service_principals.app_id,
        case
            when service_principals.service_principal_type in ('ManagedIdentity', 'SocialIdp') then 'none'
            when lower(cast(service_principals.tags as varchar)) like '%"windowsazureactivedirectoryonpremapp"%' then 'proxy'
            else coalesce(modes.sign_in_path, 'entra')
        end as sign_in_path
    from service_principals
    left join modes
        on regexp_replace(lower(service_principals.single_sign_on_mode), '[^a-z]', '', 'g') = modes.mode

)

select * from judged
