-- Likelihood by who wrote an app, who let it in and what others say of it.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select * from {{ ref('fct_permission') }}

),

summaries as (

    select
        tenant_id,
        app_id,
        count(distinct permission_key) as permissions
    from held
    group by tenant_id, app_id

),

privileged as (

    select * from {{ ref('int_privileged_user') }}

),

powers as (

    select * from {{ ref('int_risk_power') }}

),

watchlist as (

    select * from {{ ref('int_app_watchlist') }}

),

every_app as (

    select
        tenant_id,
        app_id,
        'any_app' as rule_id,
        100 as strength,
        'It is an app of the tenant' as evidence,
        'dim_app' as provenance
    from apps

),

third_party as (

    select
        tenant_id,
        app_id,
        'third_party_owner' as rule_id,
        100 as strength,
        case ownership
            when 'unknown' then 'No owner tenant is named'
            else 'Its owner tenant is another one'
        end as evidence,
        'servicePrincipal.appOwnerOrganizationId' as provenance
    from apps
    where is_foreign

),

unverified as (

    select
        apps.tenant_id,
        apps.app_id,
        'unverified_publisher' as rule_id,
        100 as strength,
        'No verified publisher. Permissions held: ' || cast(summaries.permissions as varchar) as evidence,
        'servicePrincipal.verifiedPublisher' as provenance
    from apps
    inner join summaries
        on apps.tenant_id = summaries.tenant_id and apps.app_id = summaries.app_id
    where apps.is_foreign and not apps.is_publisher_verified

),

without_homepage as (

    select
        apps.tenant_id,
        apps.app_id,
        'no_homepage' as rule_id,
        100 as strength,
        'No home page is named' as evidence,
        'servicePrincipal.homepage' as provenance
    from apps
    inner join summaries
        on apps.tenant_id = summaries.tenant_id and apps.app_id = summaries.app_id
    where apps.is_foreign and nullif(apps.homepage_url, '') is null

),

new_ones as (

    select
        tenant_id,
        app_id,
        'new_app' as rule_id,
        100 as strength,
        'It came on ' || cast({{ utc_date('created_at') }} as varchar) as evidence,
        'servicePrincipal.createdDateTime and directory audits' as provenance
    from apps
    where created_at >= new_from and app_kind <> 'managed_identity'

),

consenting as (

    select
        apps.tenant_id,
        apps.app_id,
        count(distinct held.principal_id) as people,
        max(held.consented_at) as last_consented_at,
        -- An app without a date may be new: that it is old has to be known, and so has a consent to be recent.
        max(case when held.consented_at >= apps.recent_from and coalesce(apps.created_at, apps.recent_from) >= apps.recent_from then 1 else 0 end) as is_recent,
        {{ count_if("held.consent_type = 'AllPrincipals' or held.permission_type <> 'delegated'") }} as for_everyone,
        count(privileged.user_id) as privileged_people
    from apps
    inner join held
        on apps.tenant_id = held.tenant_id and apps.app_id = held.app_id
    left join privileged
        on held.tenant_id = privileged.tenant_id and held.principal_id = privileged.user_id
    where apps.is_foreign
    group by apps.tenant_id, apps.app_id

),

let_in_by_few as (

    select
        tenant_id,
        app_id,
        'consented_by_few' as rule_id,
        case when is_recent = 1 then 100 else {{ var('settled_consent_percent') }} end as strength,
        'People who consented: ' || cast(people as varchar)
        || coalesce(', the last on ' || cast({{ utc_date('last_consented_at') }} as varchar), '') as evidence,
        'oauth2PermissionGrants and directory audits' as provenance
    from consenting
    where for_everyone = 0 and privileged_people = 0 and people between 1 and {{ var('few_users') }}

),

consent_days as (

    select
        apps.tenant_id,
        apps.app_id,
        held.principal_id,
        min({{ utc_date('held.consented_at') }}) as consent_date
    from apps
    inner join held
        on apps.tenant_id = held.tenant_id and apps.app_id = held.app_id
    where
        apps.is_foreign
        and not apps.is_publisher_verified
        and apps.created_at >= apps.new_from
        and held.consent_type = 'Principal'
    group by apps.tenant_id, apps.app_id, held.principal_id

),

bursts as (

    select
        tenant_id,
        app_id,
        consent_date,
        count(*) as people,
        sum(count(*)) over (partition by tenant_id, app_id) as people_ever,
        row_number() over (partition by tenant_id, app_id order by count(*) desc, consent_date) as size_rank
    from consent_days
    group by tenant_id, app_id, consent_date

),

-- A letter to everyone catches its victims on the day it is read; a tool that people recommend each other finds them over weeks.
let_in_at_once as (

    select
        tenant_id,
        app_id,
        'consented_at_once' as rule_id,
        100 as strength,
        cast(people as varchar) || ' of ' || cast(people_ever as varchar) || ' people consented on '
        || cast(consent_date as varchar) as evidence,
        'oauth2PermissionGrants and directory audits' as provenance
    from bursts
    where
        size_rank = 1
        and consent_date is not null
        and people > {{ var('few_users') }}
        and 100 * people >= {{ var('at_once_percent') }} * people_ever

),

-- Single people's consents are other rules: powerful is here what is held for everyone or by the app itself.
given_much as (

    select
        apps.tenant_id,
        apps.app_id,
        'given_much_when_new' as rule_id,
        case when nullif(max(apps.homepage_url), '') is null then 100 else {{ var('named_vendor_percent') }} end as strength,
        'It came on ' || cast({{ utc_date('min(apps.created_at)') }} as varchar) || ' and holds ' || {{ listed('powers.permission') }}
            as evidence,
        'fct_permission and servicePrincipal.createdDateTime' as provenance
    from apps
    inner join powers
        on apps.tenant_id = powers.tenant_id and apps.app_id = powers.app_id
    where apps.is_foreign and not apps.is_publisher_verified and apps.created_at >= apps.new_from and powers.is_powerful and not powers.is_of_one_person
    group by apps.tenant_id, apps.app_id

),

watched as (

    select
        apps.tenant_id,
        apps.app_id,
        'watchlisted' as rule_id,
        100 as strength,
        'Listed as ' || watchlist.label || coalesce(': ' || watchlist.reference_url, '') as evidence,
        watchlist.source as provenance
    from apps
    inner join watchlist
        on lower(apps.app_id) = watchlist.app_id

),

at_risk as (

    select
        tenant_id,
        app_id,
        'entra_at_risk' as rule_id,
        case
            when entra_risk_state = 'confirmedCompromised' or entra_risk_level = 'high' then 100
            when entra_risk_level = 'medium' then 60
            else 30
        end as strength,
        'Entra ID Protection: level ' || coalesce(entra_risk_level, 'hidden') || ', state ' || entra_risk_state as evidence,
        'riskyServicePrincipals' as provenance
    from apps
    where entra_risk_state in ('atRisk', 'confirmedCompromised')

),

disabled as (

    select
        tenant_id,
        app_id,
        'disabled_by_microsoft' as rule_id,
        100 as strength,
        'Status: ' || disabled_by_microsoft_status as evidence,
        'servicePrincipal.disabledByMicrosoftStatus' as provenance
    from apps
    where disabled_by_microsoft_status like 'Disabled%'

),

factors as (

    select * from every_app
    union all
    select * from third_party
    union all
    select * from unverified
    union all
    select * from without_homepage
    union all
    select * from new_ones
    union all
    select * from let_in_by_few
    union all
    select * from let_in_at_once
    union all
    select * from given_much
    union all
    select * from watched
    union all
    select * from at_risk
    union all
    select * from disabled

)

select * from factors
