-- Apps that audits saw come, go, be disabled and enabled, and the owners, reply addresses and directory roles they saw them gain
-- and lose.
with audits as (

    select * from {{ ref('stg_entra__directory_audits') }}

),

properties as (

    select * from {{ ref('int_audit_property') }}

),

app_objects as (

    select * from {{ ref('int_app_object') }}

),

principals as (

    select * from {{ ref('int_principal') }}

),

lives as (

    select
        tenant_id,
        audit_id,
        target_id as object_id,
        max(target_name) as object_name,
        case when activity_name = 'remove service principal' then 'app_removed' else 'app_added' end as change_kind,
        'app' as item,
        cast(null as varchar) as label
    from properties
    where
        activity_name in ('add service principal', 'remove service principal', 'restore service principal')
        and target_type = 'ServicePrincipal'
    group by tenant_id, audit_id, target_id, activity_name

),

switches as (

    select
        tenant_id,
        audit_id,
        target_id as object_id,
        target_name as object_name,
        case when lower(new_value) like '%false%' then 'app_disabled' else 'app_enabled' end as change_kind,
        'app' as item,
        cast(null as varchar) as label
    from properties
    where
        activity_name = 'update service principal'
        and property_name = 'AccountEnabled'
        and (
            (lower(new_value) like '%false%' and lower(coalesce(old_value, 'true')) like '%true%')
            or (lower(new_value) like '%true%' and lower(old_value) like '%false%')
        )

),

-- The owner is the target that the app is named in.
owners as (

    select
        tenant_id,
        audit_id,
        coalesce(nullif(new_value, ''), old_value) as object_id,
        cast(null as varchar) as object_name,
        case when activity_name like 'add%' then 'owner_added' else 'owner_removed' end as change_kind,
        target_id as item,
        target_name as label
    from properties
    where
        activity_name in (
            'add owner to application',
            'remove owner from application',
            'add owner to service principal',
            'remove owner from service principal'
        )
        and property_name in ('Application.ObjectID', 'ServicePrincipal.ObjectID')

),

-- All addresses before and all after: [{"AddressType":0,"Address":"https://…"}].
addresses as (

    select
        tenant_id,
        audit_id,
        target_id,
        target_name,
        'before' as side,
        {{ matches('old_value', '"Address":"[^"]*"') }} as address
    from properties
    where activity_name in ('update application', 'update service principal') and property_name = 'AppAddress'

    union all

    select
        tenant_id,
        audit_id,
        target_id,
        target_name,
        'after' as side,
        {{ matches('new_value', '"Address":"[^"]*"') }} as address
    from properties
    where activity_name in ('update application', 'update service principal') and property_name = 'AppAddress'

),

reply_urls as (

    select
        tenant_id,
        audit_id,
        target_id as object_id,
        max(target_name) as object_name,
        case when max(side) = 'after' and min(side) = 'after' then 'reply_url_added' else 'reply_url_removed' end
            as change_kind,
        regexp_extract(address, '"Address":"([^"]*)"', 1) as item,
        regexp_extract(address, '"Address":"([^"]*)"', 1) as label
    from addresses
    group by tenant_id, audit_id, target_id, address
    having max(side) = min(side)

),

-- The member is the target that the role is named in. Members that are people are not told of here.
roles as (

    select
        tenant_id,
        audit_id,
        target_id as object_id,
        max(target_name) as object_name,
        case when activity_name like 'add%' then 'directory_role_added' else 'directory_role_removed' end as change_kind,
        coalesce(
            max(case when property_name = 'Role.TemplateId' then lower(coalesce(nullif(new_value, ''), old_value)) end),
            max(case when property_name = 'Role.ObjectID' then lower(coalesce(nullif(new_value, ''), old_value)) end)
        ) as item,
        max(case when property_name = 'Role.DisplayName' then coalesce(nullif(new_value, ''), old_value) end) as label
    from properties
    where
        activity_name in (
            'add member to role',
            'add scoped member to role',
            'remove member from role',
            'remove scoped member from role'
        )
        and target_type = 'ServicePrincipal'
    group by tenant_id, audit_id, target_id, activity_name

),

changes as (

    select * from lives
    union all
    select * from switches
    union all
    select * from owners
    union all
    select * from reply_urls
    union all
    select * from roles

),

events as (

    select
        changes.tenant_id,
        changes.audit_id,
        audits.correlation_id,
        audits.activity_at as changed_at,
        coalesce(app_objects.app_id, changes.object_id) as app_id,
        coalesce(app_objects.object_name, changes.object_name) as app_name,
        changes.change_kind,
        changes.item,
        case
            when changes.change_kind in ('owner_added', 'owner_removed')
                then coalesce(principals.principal_name, changes.label, changes.item)
            else coalesce(changes.label, changes.item)
        end as label,
        case
            when changes.change_kind in ('directory_role_added', 'directory_role_removed')
                then 'directory/directory_role/' || changes.item
        end as permission_key,
        case
            when changes.change_kind in ('directory_role_added', 'directory_role_removed')
                then coalesce(changes.label, changes.item)
        end as permission_value,
        {{ actor_name('audits') }} as changed_by,
        {{ actor_id('audits') }} as changed_by_id
    from changes
    inner join audits
        on changes.tenant_id = audits.tenant_id and changes.audit_id = audits.audit_id
    left join app_objects
        on changes.tenant_id = app_objects.tenant_id and changes.object_id = app_objects.object_id
    left join principals
        on changes.tenant_id = principals.tenant_id and changes.item = principals.principal_id
    where changes.object_id is not null and changes.item is not null

)

select * from events
