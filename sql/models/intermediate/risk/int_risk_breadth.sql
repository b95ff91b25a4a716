-- Impact of how many people, and which, an app reaches.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select
        permissions.*,
        greatest(coalesce(permissions.takeover, 0), coalesce(permissions.data_exposure, 0)) as worst
    from {{ ref('fct_permission') }} as permissions
    inner join apps
        on permissions.tenant_id = apps.tenant_id and permissions.app_id = apps.app_id

),

privileged as (

    select * from {{ ref('int_privileged_user') }}

),

-- Signing in and reading one's own profile are for everyone everywhere: what counts begins with a notable rating.
grave as (

    select * from held
    where worst >= {{ var('notable_rating') }}

),

for_everyone as (

    select
        tenant_id,
        app_id,
        'reaches_everyone' as rule_id,
        100 as strength,
        'Holds as itself or for everyone: ' || {{ listed('permission_value') }} as evidence,
        'fct_permission' as provenance
    from grave
    where permission_type in ('application', 'directory_role') or consent_type = 'AllPrincipals'
    group by tenant_id, app_id

),

people as (

    select
        tenant_id,
        count(*) as people
    from {{ ref('dim_user') }}
    where is_enabled and not is_deleted
    group by tenant_id

),

granting as (

    select
        grave.tenant_id,
        grave.app_id,
        count(distinct grave.principal_id) as granting_people
    from grave
    left join for_everyone
        on grave.tenant_id = for_everyone.tenant_id and grave.app_id = for_everyone.app_id
    where grave.consent_type = 'Principal' and for_everyone.app_id is null
    group by grave.tenant_id, grave.app_id

),

for_many as (

    select
        granting.tenant_id,
        granting.app_id,
        'reaches_many_people' as rule_id,
        cast(least(round(100.0 * granting.granting_people / people.people), 100) as integer) as strength,
        cast(granting.granting_people as varchar) || ' of ' || cast(people.people as varchar)
        || ' enabled people granted it something' as evidence,
        'oauth2PermissionGrants and users' as provenance
    from granting
    inner join people
        on granting.tenant_id = people.tenant_id
    where 100.0 * granting.granting_people / people.people >= {{ var('many_people_percent') }}

),

-- Administrators who used the app, or let it act for them: they are few, so that they come before all uses are compared.
touching as (

    select
        held.tenant_id,
        held.app_id,
        held.principal_id as user_id
    from held
    inner join privileged
        on held.tenant_id = privileged.tenant_id and held.principal_id = privileged.user_id
    where held.consent_type = 'Principal'

    union

    select
        usages.tenant_id,
        usages.app_id,
        usages.user_id
    from {{ ref('app_user_usage') }} as usages
    inner join apps
        on usages.tenant_id = apps.tenant_id and usages.app_id = apps.app_id
    inner join privileged
        on usages.tenant_id = privileged.tenant_id and usages.user_id = privileged.user_id
    where usages.usage_state = 'used'

),

by_privileged as (

    select
        touching.tenant_id,
        touching.app_id,
        'privileged_people' as rule_id,
        100 as strength,
        'People with a privileged role: ' || cast(count(*) as varchar) || ' ('
        || {{ listed('coalesce(users.display_name, users.user_principal_name, touching.user_id)') }} || ')' as evidence,
        'grants, sign-ins and directory roles' as provenance
    from touching
    left join {{ ref('dim_user') }} as users
        on touching.tenant_id = users.tenant_id and touching.user_id = users.user_id
    group by touching.tenant_id, touching.app_id

),

opening as (

    select
        tenant_id,
        app_id,
        'signs_people_in' as rule_id,
        100 as strength,
        'It has a service principal, so that people can get a token for it' as evidence,
        'servicePrincipals' as provenance
    from apps
    where has_service_principal and app_kind <> 'managed_identity'

),

factors as (

    select * from for_everyone
    union all
    select * from for_many
    union all
    select * from by_privileged
    union all
    select * from opening

)

select * from factors
