with apps as (

    select * from {{ ref('int_app_id') }}

),

service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

applications as (

    select * from {{ ref('int_application') }}

),

sign_ins as (

    select * from {{ ref('int_app_sign_in') }}

),

ownerships as (

    select * from {{ ref('int_app_ownership') }}

),

owners as (

    select
        tenant_id,
        app_id,
        count(*) as owners,
        {{ sorted_list('owner_id') }} as owner_ids,
        {{ sorted_list('owner_name') }} as owner_names,
        {{ count_if("owner_type = 'guest'") }} as guest_owners
    from {{ ref('int_app_owner') }}
    group by tenant_id, app_id

),

-- Owners are known where both lists of them were read whole at least once.
owners_read as (

    select tenant_id
    from {{ ref('int_collection_last_outcome') }}
    where collection in ('service_principal_owners', 'application_owners') and last_complete_at is not null
    group by tenant_id
    having count(*) = 2

),

directory_roles as (

    select
        tenant_id,
        app_id,
        {{ sorted_list('directory_role') }} as directory_roles
    from {{ ref('int_app_directory_role') }}
    group by tenant_id, app_id

),

sign_in_paths as (

    select * from {{ ref('int_app_sign_in_path') }}

),

risks as (

    select * from {{ ref('stg_entra__risky_service_principals') }}
    where deleted_at is null

),

ages as (

    select * from {{ ref('int_app_age') }}

),

organizations as (

    select
        tenant_id,
        max(display_name) as display_name
    from {{ ref('stg_entra__organization') }}
    where deleted_at is null
    group by tenant_id

),

microsoft_apps as (

    select * from {{ ref('microsoft_app') }}

),

audited as (

    select
        tenant_id,
        app_id,
        max(nullif(object_name, '')) as display_name
    from {{ ref('int_app_object') }}
    group by tenant_id, app_id

),

reply_urls as (

    select
        tenant_id,
        app_id,
        {{ sorted_list('url') }} as reply_urls
    from {{ ref('int_app_reply_url') }}
    group by tenant_id, app_id

),

credentials as (

    select
        tenant_id,
        app_id,
        count(*) as credentials,
        max(ends_at) as last_credential_ends_at
    from {{ ref('int_app_credential') }}
    group by tenant_id, app_id

),

joined as (

    select
        apps.tenant_id,
        apps.app_id,
        coalesce(
            nullif(service_principals.display_name, ''),
            nullif(applications.display_name, ''),
            sign_ins.display_name,
            nullif(microsoft_apps.display_name, ''),
            audited.display_name,
            apps.app_id
        ) as display_name,
        case
            when service_principals.service_principal_type = 'Application' then 'application'
            when service_principals.service_principal_type = 'ManagedIdentity' then 'managed_identity'
            when service_principals.service_principal_type = 'Legacy' then 'legacy'
            when service_principals.service_principal_type = 'SocialIdp' then 'social_idp'
            when service_principals.service_principal_type is not null then 'other'
            when sign_ins.is_managed_identity then 'managed_identity'
            when applications.app_id is not null then 'application'
            else 'unknown'
        end as app_kind,
        ownerships.ownership,
        ownerships.owner_tenant_id,
        coalesce(
            service_principals.verified_publisher_name,
            applications.verified_publisher_name,
            case
                when ownerships.ownership = 'own' then organizations.display_name
                when ownerships.ownership = 'microsoft' then 'Microsoft'
            end,
            applications.publisher_domain
        ) as publisher_name,
        coalesce(service_principals.verified_publisher_id, applications.verified_publisher_id) is not null
            as is_publisher_verified,
        service_principals.service_principal_id,
        applications.application_object_id,
        service_principals.service_principal_id is not null as has_service_principal,
        coalesce(
            service_principals.is_app_id_known,
            applications.app_id is not null or sign_ins.app_id is not null or audited.app_id is not null
        ) as is_app_id_known,
        service_principals.is_enabled,
        service_principals.is_assignment_required,
        service_principals.disabled_by_microsoft_status,
        coalesce(service_principals.sign_in_audience, applications.sign_in_audience) as sign_in_audience,
        service_principals.single_sign_on_mode,
        case
            when sign_in_paths.app_id is not null then sign_in_paths.sign_in_path
            when coalesce(sign_ins.is_managed_identity, false) then 'none'
            else 'entra'
        end as sign_in_path,
        coalesce(service_principals.homepage_url, applications.homepage_url) as homepage_url,
        reply_urls.reply_urls,
        coalesce(credentials.credentials, 0) as credentials,
        credentials.last_credential_ends_at,
        case when owners_read.tenant_id is not null then coalesce(owners.owners, 0) end as owners,
        owners.owner_ids,
        owners.owner_names,
        case when owners_read.tenant_id is not null then coalesce(owners.guest_owners, 0) end as guest_owners,
        directory_roles.directory_roles,
        risks.risk_level as entra_risk_level,
        risks.risk_state as entra_risk_state,
        ages.created_at,
        ages.first_seen_at,
        case
            when service_principals.service_principal_id is not null then service_principals.deleted_at
            else applications.deleted_at
        end as deleted_at
    from apps
    inner join ownerships
        on apps.tenant_id = ownerships.tenant_id and apps.app_id = ownerships.app_id
    inner join ages
        on apps.tenant_id = ages.tenant_id and apps.app_id = ages.app_id
    left join service_principals
        on apps.tenant_id = service_principals.tenant_id and apps.app_id = service_principals.app_id
    left join sign_in_paths
        on apps.tenant_id = sign_in_paths.tenant_id and apps.app_id = sign_in_paths.app_id
    left join applications
        on apps.tenant_id = applications.tenant_id and apps.app_id = applications.app_id
    left join sign_ins
        on apps.tenant_id = sign_ins.tenant_id and apps.app_id = sign_ins.app_id
    left join organizations
        on apps.tenant_id = organizations.tenant_id
    left join microsoft_apps
        on apps.app_id = microsoft_apps.app_id
    left join audited
        on apps.tenant_id = audited.tenant_id and apps.app_id = audited.app_id
    left join reply_urls
        on apps.tenant_id = reply_urls.tenant_id and apps.app_id = reply_urls.app_id
    left join credentials
        on apps.tenant_id = credentials.tenant_id and apps.app_id = credentials.app_id
    left join owners
        on apps.tenant_id = owners.tenant_id and apps.app_id = owners.app_id
    left join owners_read
        on apps.tenant_id = owners_read.tenant_id
    left join directory_roles
        on apps.tenant_id = directory_roles.tenant_id and apps.app_id = directory_roles.app_id
    left join risks
        on
            service_principals.tenant_id = risks.tenant_id
            and service_principals.service_principal_id = risks.service_principal_id

),

marked as (

    select
        *,
        deleted_at is not null as is_deleted
    from joined

)

select * from marked
