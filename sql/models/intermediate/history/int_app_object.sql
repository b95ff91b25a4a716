-- Objects of the directory that are an app, deleted ones too: audits name service principals and registrations by object id.
with listed as (

    select
        tenant_id,
        service_principal_id as object_id,
        app_id,
        display_name as object_name
    from {{ ref('int_service_principal') }}

    union all

    select
        tenant_id,
        application_object_id as object_id,
        app_id,
        display_name as object_name
    from {{ ref('stg_entra__applications') }}
    where app_id is not null

),

properties as (

    select
        tenant_id,
        audit_id,
        target_id,
        target_type,
        target_name,
        property_name,
        coalesce(nullif(nullif(new_value, ''), '[]'), old_value) as value
    from {{ ref('int_audit_property') }}

),

-- Audits say of an object which app it is, or of the client that an API, and of the app that an owner was given.
told as (

    select
        tenant_id,
        target_id as object_id,
        case
            when property_name = 'TargetId.ServicePrincipalNames' then {{ first_guid('value') }}
            else value
        end as app_id
    from properties
    where
        (property_name in ('AppPrincipalId', 'AppId') and target_type in ('ServicePrincipal', 'Application'))
        or (property_name = 'TargetId.ServicePrincipalNames' and target_type = 'ServicePrincipal')

    union all

    select
        tenant_id,
        max(case when property_name like '%.ObjectID' then value end) as object_id,
        max(case when property_name like '%.AppId' then value end) as app_id
    from properties
    where
        property_name in (
            'ServicePrincipal.ObjectID', 'ServicePrincipal.AppId', 'Application.ObjectID', 'Application.AppId'
        )
    group by tenant_id, audit_id, target_id, split_part(property_name, '.', 1)

),

names as (

    select
        tenant_id,
        target_id as object_id,
        max(target_name) as object_name
    from properties
    group by tenant_id, target_id

),

listed_names as (

    select
        tenant_id,
        app_id,
        max(object_name) as object_name
    from listed
    group by tenant_id, app_id

),

-- An app that came and went between two looks is in no list.
unlisted as (

    select
        told.tenant_id,
        told.object_id,
        max(told.app_id) as app_id,
        max(coalesce(listed_names.object_name, names.object_name)) as object_name
    from told
    left join listed
        on told.tenant_id = listed.tenant_id and told.object_id = listed.object_id
    left join listed_names
        on told.tenant_id = listed_names.tenant_id and told.app_id = listed_names.app_id
    left join names
        on told.tenant_id = names.tenant_id and told.object_id = names.object_id
    where listed.object_id is null and told.object_id <> '' and told.app_id <> ''
    group by told.tenant_id, told.object_id

),

objects as (

    select * from listed
    union all
    select * from unlisted

)

select * from objects
