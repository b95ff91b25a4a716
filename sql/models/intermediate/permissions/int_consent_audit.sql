-- One row per audit of a consent or of a directory role given, its scattered properties side by side.
with audits as (

    select * from {{ ref('stg_entra__directory_audits') }}

),

properties as (

    select * from {{ ref('int_audit_property') }}

),

service_principals as (

    select * from {{ ref('int_service_principal') }}
    where app_rank = 1

),

gathered as (

    select
        tenant_id,
        audit_id,
        activity_name,
        {{ named_client() }} as named_client_id,
        max(case when target_type = 'ServicePrincipal' then target_id end) as target_service_principal_id,
        coalesce(
            nullif(max(case when property_name = 'DelegatedPermissionGrant.PrincipalId' then new_value end), ''),
            max(case when target_type = 'User' then target_id end)
        ) as target_user_id,
        max(case when target_type = 'Group' then target_id end) as target_group_id,
        max(
            case
                when property_name in ('DelegatedPermissionGrant.Scope', 'AppRole.Id', 'AppRole.Value') then target_id
            end
        ) as resource_service_principal_id,
        max(case when property_name = 'DelegatedPermissionGrant.Scope' then old_value end) as old_scopes,
        max(case when property_name = 'DelegatedPermissionGrant.Scope' then new_value end) as new_scopes,
        max(case when property_name = 'DelegatedPermissionGrant.ConsentType' then new_value end) as consent_type,
        max(case when property_name = 'AppRole.Id' then lower(new_value) end) as app_role_id,
        max(case when property_name = 'AppRole.Value' then new_value end) as app_role_value,
        max(case when property_name = 'Role.TemplateId' then lower(new_value) end) as role_template_id,
        max(case when property_name = 'Role.DisplayName' then lower(new_value) end) as role_name,
        max(case when property_name = 'ConsentAction.Permissions' then new_value end) as consent_text,
        max(case when property_name = 'ConsentContext.IsAdminConsent' then lower(new_value) end) as is_admin_text
    from properties
    group by tenant_id, audit_id, activity_name

),

joined as (

    select
        audits.tenant_id,
        audits.audit_id,
        gathered.activity_name,
        audits.activity_at,
        audits.actor_user_id,
        -- Where a portal acted for a person, both are named.
        case when coalesce(audits.actor_user_id, '') = '' then audits.actor_service_principal_id end as actor_service_principal_id,
        coalesce(nullif(audits.actor_user_principal_name, ''), nullif(audits.actor_app_name, '')) as actor_name,
        case
            when gathered.activity_name = 'consent to application' then gathered.target_service_principal_id
            when gathered.activity_name in ('add member to role', 'add scoped member to role')
                then coalesce(gathered.target_service_principal_id, gathered.target_group_id)
            else coalesce(service_principals.service_principal_id, gathered.named_client_id)
        end as grantee_id,
        gathered.resource_service_principal_id,
        gathered.target_user_id,
        gathered.old_scopes,
        gathered.new_scopes,
        gathered.consent_type,
        gathered.app_role_id,
        gathered.app_role_value,
        gathered.role_template_id,
        gathered.role_name,
        gathered.consent_text,
        -- One consent leaves several audits with one correlation id: only one of them says whether an admin gave it.
        max(gathered.is_admin_text) over (
            partition by audits.tenant_id, coalesce(nullif(audits.correlation_id, ''), audits.audit_id)
        ) = 'true' as is_admin_consent
    from audits
    inner join gathered
        on audits.tenant_id = gathered.tenant_id and audits.audit_id = gathered.audit_id
    left join service_principals
        on audits.tenant_id = service_principals.tenant_id and gathered.named_client_id = service_principals.app_id
    where
        gathered.activity_name in (
            'consent to application',
            'add delegated permission grant',
            'add app role assignment to service principal',
            'add member to role',
            'add scoped member to role'
        )

)

select * from joined
