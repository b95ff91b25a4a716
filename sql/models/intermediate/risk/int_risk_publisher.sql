-- Rules about who wrote an app and who let it in.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select * from {{ ref('fct_permission') }}

),

summaries as (

    select * from {{ ref('int_app_permission_summary') }}

),

watchlist as (

    select
        app_id,
        max(label) as label,
        min(reference_url) as reference_url,
        max(source) as source
    from {{ ref('app_watchlist') }}
    group by app_id

),

unverified as (

    select
        apps.tenant_id,
        apps.app_id,
        'unverified_publisher' as rule_id,
        'No verified publisher. Permissions held: ' || cast(summaries.permissions as varchar) as evidence,
        'servicePrincipal.verifiedPublisher' as provenance
    from apps
    inner join summaries
        on apps.tenant_id = summaries.tenant_id and apps.app_id = summaries.app_id
    where apps.is_foreign and not apps.is_publisher_verified

),

recent as (

    select
        apps.tenant_id,
        apps.app_id,
        'recent_consent_by_few' as rule_id,
        'People who consented: '
        || cast(count(distinct held.principal_id) as varchar)
        || ', the last on '
        || cast({{ utc_date('max(held.consented_at)') }} as varchar) as evidence,
        'directory audits' as provenance
    from apps
    inner join held
        on apps.tenant_id = held.tenant_id and apps.app_id = held.app_id
    where apps.is_foreign and coalesce(apps.created_at, apps.recent_from) >= apps.recent_from
    group by apps.tenant_id, apps.app_id, apps.recent_from
    having
        max(held.consented_at) >= apps.recent_from
        and {{ count_if("held.consent_type = 'AllPrincipals' or held.permission_type = 'application'") }} = 0
        and count(distinct held.principal_id) <= {{ var('few_users') }}

),

watched as (

    select
        apps.tenant_id,
        apps.app_id,
        'watchlisted' as rule_id,
        'Listed as ' || watchlist.label || ': ' || watchlist.reference_url as evidence,
        watchlist.source as provenance
    from apps
    inner join watchlist
        on apps.app_id = watchlist.app_id

),

factors as (

    select * from unverified
    union all
    select * from recent
    union all
    select * from watched

)

select * from factors
