-- Permissions of apps that audits saw granted and revoked.
with audits as (

    select * from {{ ref('stg_entra__directory_audits') }}

),

app_objects as (

    select * from {{ ref('int_app_object') }}

),

known as (

    select * from {{ ref('int_permission_known') }}

),

granted as (

    select
        tenant_id,
        audit_id,
        'permission_granted' as change_kind,
        grantee_id as client_service_principal_id,
        resource_service_principal_id,
        permission_type,
        permission,
        consent_type,
        principal_id
    from {{ ref('int_consent_event') }}
    where permission_type in ('delegated', 'application')

),

-- Whether the values are the old or the new ones differs from event to event: of what is gone either tells what it was.
gathered as (

    select
        tenant_id,
        audit_id,
        activity_name,
        {{ named_client() }} as client_service_principal_id,
        max(
            case
                when property_name in ('DelegatedPermissionGrant.Scope', 'AppRole.Id', 'AppRole.Value') then target_id
            end
        ) as resource_service_principal_id,
        coalesce(
            nullif(
                max(
                    case
                        when property_name = 'DelegatedPermissionGrant.PrincipalId'
                            then coalesce(nullif(new_value, ''), old_value)
                    end
                ),
                ''
            ),
            max(case when target_type = 'User' then target_id end)
        ) as principal_id,
        max(
            case
                when property_name = 'DelegatedPermissionGrant.ConsentType' then coalesce(nullif(new_value, ''), old_value)
            end
        ) as consent_type,
        max(case when property_name = 'DelegatedPermissionGrant.Scope' then old_value end) as old_scopes,
        max(case when property_name = 'DelegatedPermissionGrant.Scope' then new_value end) as new_scopes,
        max(case when property_name = 'AppRole.Id' then lower(coalesce(nullif(old_value, ''), new_value)) end) as app_role_id,
        max(case when property_name = 'AppRole.Value' then lower(coalesce(nullif(old_value, ''), new_value)) end)
            as app_role_value
    from {{ ref('int_audit_property') }}
    where
        activity_name in (
            'add delegated permission grant',
            'remove delegated permission grant',
            'remove app role assignment from service principal'
        )
    group by tenant_id, audit_id, activity_name

),

-- A grant that is removed may name its scopes as new or as old; one that is written anew may hold less than before.
narrowed as (

    select
        *,
        {{ words("coalesce(nullif(trim(old_scopes), ''), new_scopes)") }} as permission_value,
        case when trim(old_scopes) <> '' then new_scopes end as scopes_left
    from gathered
    where
        activity_name = 'remove delegated permission grant'
        or (activity_name = 'add delegated permission grant' and trim(old_scopes) <> '')

),

revoked as (

    select
        tenant_id,
        audit_id,
        'permission_revoked' as change_kind,
        client_service_principal_id,
        resource_service_principal_id,
        'delegated' as permission_type,
        lower(permission_value) as permission,
        consent_type,
        principal_id
    from narrowed
    where permission_value <> '' and not {{ has_word('scopes_left', 'permission_value') }}

    union all

    select
        tenant_id,
        audit_id,
        'permission_revoked' as change_kind,
        client_service_principal_id,
        resource_service_principal_id,
        'application' as permission_type,
        coalesce(nullif(app_role_id, ''), app_role_value) as permission,
        null as consent_type,
        null as principal_id
    from gathered
    where activity_name = 'remove app role assignment from service principal'

),

changes as (

    select * from granted
    union all
    select * from revoked

),

-- Who consents for one person is that person, unless the audit names another. Who revokes it may be anyone.
identified as (

    select
        changes.tenant_id,
        changes.audit_id,
        changes.change_kind,
        audits.activity_at,
        audits.correlation_id,
        {{ actor_name('audits') }} as changed_by,
        {{ actor_id('audits') }} as changed_by_id,
        coalesce(clients.app_id, changes.client_service_principal_id) as app_id,
        clients.object_name as app_name,
        coalesce(resources.app_id, changes.resource_service_principal_id) as resource_app_id,
        coalesce(resources.object_name, resources.app_id, changes.resource_service_principal_id) as resource_name,
        changes.permission_type,
        changes.permission,
        nullif(changes.consent_type, '') as consent_type,
        case
            when changes.consent_type = 'Principal' and changes.change_kind = 'permission_granted'
                then coalesce(changes.principal_id, audits.actor_user_id)
            when changes.consent_type = 'Principal' then changes.principal_id
        end as principal_id,
        coalesce(changes.consent_type = 'Principal' and changes.principal_id is null, false) as is_principal_guessed
    from changes
    inner join audits
        on changes.tenant_id = audits.tenant_id and changes.audit_id = audits.audit_id
    left join app_objects as clients
        on
            changes.tenant_id = clients.tenant_id
            and changes.client_service_principal_id = clients.object_id
    left join app_objects as resources
        on
            changes.tenant_id = resources.tenant_id
            and changes.resource_service_principal_id = resources.object_id
    where
        changes.client_service_principal_id is not null
        and changes.resource_service_principal_id is not null
        and changes.permission <> ''

),

-- Audits name a scope by its value, a role by its id or by its value.
resolved as (

    select
        identified.*,
        coalesce(by_value.permission_id, identified.permission) as permission_id,
        coalesce(by_value.permission_value, by_id.permission_value, identified.permission) as permission_value
    from identified
    left join known as by_value
        on
            identified.tenant_id = by_value.tenant_id
            and identified.resource_app_id = by_value.resource_app_id
            and identified.permission_type = by_value.permission_type
            and identified.permission = lower(by_value.permission_value)
            and by_value.value_rank = 1
    left join known as by_id
        on
            identified.tenant_id = by_id.tenant_id
            and identified.resource_app_id = by_id.resource_app_id
            and identified.permission_type = by_id.permission_type
            and identified.permission = by_id.permission_id

),

events as (

    select
        tenant_id,
        audit_id,
        correlation_id,
        activity_at as changed_at,
        app_id,
        app_name,
        change_kind,
        {{ permission_item(
            'resource_app_id', 'permission_type', 'permission_value', 'permission_id', 'consent_type', 'principal_id'
        ) }} as item,
        permission_value || ' on ' || resource_name as label,
        resource_app_id || '/' || permission_type || '/' || permission_id as permission_key,
        permission_value,
        consent_type,
        principal_id,
        is_principal_guessed,
        changed_by,
        changed_by_id
    from resolved

)

select * from events
