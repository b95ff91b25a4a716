-- Likelihood by power that is not used, is newly given, or is used from elsewhere.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select
        permissions.*,
        permissions.tier in ('high', 'critical') as is_powerful,
        apps.known_since,
        apps.recent_from
    from {{ ref('fct_permission') }} as permissions
    inner join apps
        on permissions.tenant_id = apps.tenant_id and permissions.app_id = apps.app_id

),

usages as (

    select * from {{ ref('app_usage') }}

),

powerful as (

    select
        tenant_id,
        app_id,
        count(*) as permissions
    from held
    where is_powerful
    group by tenant_id, app_id

),

unused_apps as (

    select
        powerful.tenant_id,
        powerful.app_id,
        'powerful_unused' as rule_id,
        100 as strength,
        'Permissions rated high or critical: ' || cast(powerful.permissions as varchar)
        || '. No success in {{ var("usage_lookback_days") }} days' as evidence,
        'fct_permission and app_usage' as provenance
    from powerful
    inner join usages
        on powerful.tenant_id = usages.tenant_id and powerful.app_id = usages.app_id
    where usages.usage_state = 'unused'

),

-- Of an app that is unused as a whole, its single permissions say nothing more.
unused_permissions as (

    select
        held.tenant_id,
        held.app_id,
        'permission_never_used' as rule_id,
        100 as strength,
        'Never used: ' || {{ listed("held.permission_value || ' on ' || held.resource_name") }} as evidence,
        'fct_permission' as provenance
    from held
    inner join usages
        on held.tenant_id = usages.tenant_id and held.app_id = usages.app_id
    where held.is_powerful and held.use_state = 'unused' and usages.usage_state = 'used'
    group by held.tenant_id, held.app_id

),

of_disabled_people as (

    select
        tenant_id,
        app_id,
        'grants_of_disabled_people' as rule_id,
        100 as strength,
        'Disabled accounts with grants: ' || cast(count(distinct principal_id) as varchar) as evidence,
        'oauth2PermissionGrants and users' as provenance
    from held
    where principal_id is not null and is_principal_enabled = false
    group by tenant_id, app_id

),

widened as (

    select
        tenant_id,
        app_id,
        'recently_widened' as rule_id,
        100 as strength,
        {{ listed("permission_value || ' on ' || cast(" ~ utc_date('coalesce(consented_at, granted_at)') ~ " as varchar) || coalesce(' by ' || consented_by, '')") }}
            as evidence,
        'appRoleAssignments and directory audits' as provenance
    from held
    where
        is_powerful
        and coalesce(consented_at, granted_at) >= recent_from
        and {{ dbt.datediff('known_since', 'coalesce(consented_at, granted_at)', 'day') }} >= {{ var('settled_app_days') }}
    group by tenant_id, app_id

),

open_to_others as (

    select
        apps.tenant_id,
        apps.app_id,
        'open_to_other_tenants' as rule_id,
        100 as strength,
        'Audience: ' || apps.sign_in_audience as evidence,
        'signInAudience' as provenance
    from apps
    inner join powerful
        on apps.tenant_id = powerful.tenant_id and apps.app_id = powerful.app_id
    where apps.is_own and apps.sign_in_audience in ('AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount')

),

factors as (

    select * from unused_apps
    union all
    select * from unused_permissions
    union all
    select * from of_disabled_people
    union all
    select * from widened
    union all
    select * from open_to_others

)

select * from factors
