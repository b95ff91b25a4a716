-- The earliest trace of an app, and whether that proves it older than the grace of new apps.
with apps as (

    select * from {{ ref('int_app_id') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

applications as (

    select * from {{ ref('int_application') }}

),

additions as (

    select * from {{ ref('int_app_addition') }}

),

sign_ins as (

    select * from {{ ref('int_app_sign_in') }}

),

assignments as (

    select * from {{ ref('int_app_assignment') }}

),

grants as (

    select
        tenant_id,
        app_id,
        min(granted_at) as first_granted_at
    from {{ ref('int_permission_held') }}
    group by tenant_id, app_id

),

audits as (

    select * from {{ ref('int_collection_coverage') }}
    where collection = 'directory_audits'

),

dated as (

    select
        apps.tenant_id,
        apps.app_id,
        coalesce(service_principals.created_at, additions.added_at, applications.created_at) as created_at,
        least(
            service_principals.created_at,
            additions.added_at,
            applications.created_at,
            sign_ins.first_sign_in_at,
            assignments.first_assigned_at,
            grants.first_granted_at
        ) as first_seen_at,
        -- Where the audits cover the grace and saw nobody add the app, it is older than that.
        service_principals.service_principal_id is not null
        and additions.added_at is null
        and coalesce(audits.is_grace_covered, false) as was_not_added_in_grace
    from apps
    left join service_principals
        on apps.tenant_id = service_principals.tenant_id and apps.app_id = service_principals.app_id
    left join applications
        on apps.tenant_id = applications.tenant_id and apps.app_id = applications.app_id
    left join additions
        on
            service_principals.tenant_id = additions.tenant_id
            and service_principals.service_principal_id = additions.service_principal_id
    left join sign_ins
        on apps.tenant_id = sign_ins.tenant_id and apps.app_id = sign_ins.app_id
    left join assignments
        on apps.tenant_id = assignments.tenant_id and apps.app_id = assignments.app_id
    left join grants
        on apps.tenant_id = grants.tenant_id and apps.app_id = grants.app_id
    left join audits
        on apps.tenant_id = audits.tenant_id

),

judged as (

    select
        dated.tenant_id,
        dated.app_id,
        dated.created_at,
        dated.first_seen_at,
        case
            when coalesce(dated.created_at, dated.first_seen_at) <= tenants.grace_from then 'past_grace'
            when dated.created_at is not null then 'in_grace'
            when dated.first_seen_at <= tenants.grace_from or dated.was_not_added_in_grace then 'past_grace'
            else 'unknown'
        end as age
    from dated
    left join tenants
        on dated.tenant_id = tenants.tenant_id

)

select * from judged
