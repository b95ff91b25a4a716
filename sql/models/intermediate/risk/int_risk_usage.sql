-- Likelihood by power that is not used, is newly given, or is used from elsewhere.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select * from {{ ref('fct_permission') }}

),

powers as (

    select * from {{ ref('int_risk_power') }}

),

usages as (

    select * from {{ ref('app_usage') }}

),

powerful as (

    select
        tenant_id,
        app_id,
        count(distinct permission_key) as permissions
    from powers
    where is_powerful
    group by tenant_id, app_id

),

unused_apps as (

    select
        powerful.tenant_id,
        powerful.app_id,
        'powerful_unused' as rule_id,
        100 as strength,
        'Powerful permissions: ' || cast(powerful.permissions as varchar)
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
        powers.tenant_id,
        powers.app_id,
        'permission_never_used' as rule_id,
        100 as strength,
        'Never used: ' || {{ listed('powers.permission') }} as evidence,
        'fct_permission' as provenance
    from powers
    inner join usages
        on powers.tenant_id = usages.tenant_id and powers.app_id = usages.app_id
    where powers.is_powerful and powers.use_state = 'unused' and usages.usage_state = 'used'
    group by powers.tenant_id, powers.app_id

),

of_disabled_people as (

    select
        held.tenant_id,
        held.app_id,
        'grants_of_disabled_people' as rule_id,
        100 as strength,
        'Disabled accounts with grants: ' || cast(count(distinct held.principal_id) as varchar) as evidence,
        'oauth2PermissionGrants and users' as provenance
    from held
    inner join apps
        on held.tenant_id = apps.tenant_id and held.app_id = apps.app_id
    where held.principal_id is not null and held.is_principal_enabled = false
    group by held.tenant_id, held.app_id

),

widened as (

    select
        powers.tenant_id,
        powers.app_id,
        'recently_widened' as rule_id,
        max(case when powers.is_powerful then 100 else {{ var('notable_grant_percent') }} end) as strength,
        {{ listed("powers.permission || ' on ' || cast(" ~ utc_date('powers.got_at') ~ " as varchar) || coalesce(' by ' || powers.consented_by, '')") }}
            as evidence,
        'appRoleAssignments and directory audits' as provenance
    from powers
    inner join apps
        on powers.tenant_id = apps.tenant_id and powers.app_id = apps.app_id
    where
        powers.got_at >= apps.recent_from
        and {{ dbt.datediff('apps.known_since', 'powers.got_at', 'day') }} >= {{ var('settled_app_days') }}
    group by powers.tenant_id, powers.app_id

),

-- Who has turned one app makes others with it, and gives them power: few, unlike the tools that set apps up every day.
given_by_apps as (

    select
        powers.tenant_id,
        powers.app_id,
        powers.permission,
        powers.got_at,
        givers.app_id as giver_app_id,
        coalesce(givers.display_name, powers.consented_by, powers.consented_by_service_principal_id) as giver_name,
        powers.got_at >= tenants.recent_from as is_recent
    from powers
    inner join {{ ref('int_tenant') }} as tenants
        on powers.tenant_id = tenants.tenant_id
    left join {{ ref('dim_app') }} as givers
        on
            powers.tenant_id = givers.tenant_id
            and powers.consented_by_service_principal_id = givers.service_principal_id
    where
        powers.is_powerful
        and powers.consented_by_service_principal_id is not null
        and coalesce(givers.ownership, 'unknown') <> 'microsoft'

),

givers as (

    select
        tenant_id,
        giver_name,
        count(distinct app_id) as apps
    from given_by_apps
    group by tenant_id, giver_name

),

given_by_an_app as (

    select
        given_by_apps.tenant_id,
        given_by_apps.app_id,
        'given_power_by_app' as rule_id,
        100 as strength,
        {{ listed("given_by_apps.permission || ' on ' || cast(" ~ utc_date('given_by_apps.got_at') ~ " as varchar) || ' by ' || case when given_by_apps.giver_app_id = given_by_apps.app_id then 'itself' else given_by_apps.giver_name end") }}
            as evidence,
        'appRoleAssignments and directory audits' as provenance
    from given_by_apps
    inner join givers
        on given_by_apps.tenant_id = givers.tenant_id and given_by_apps.giver_name = givers.giver_name
    where given_by_apps.is_recent and givers.apps <= {{ var('few_given_apps') }}
    group by given_by_apps.tenant_id, given_by_apps.app_id

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
    select * from given_by_an_app
    union all
    select * from open_to_others

)

select * from factors
