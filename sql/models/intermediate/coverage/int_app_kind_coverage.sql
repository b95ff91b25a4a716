-- The sign-in kinds by which an app could be used, summed up: on which rung does it rest that nobody did, and what is in the way if
-- on none.
with apps as (

    select * from {{ ref('dim_app') }}

),

coverages as (

    select * from {{ ref('int_sign_in_kind_coverage') }}

),

app_kinds as (

    select * from {{ ref('app_kind_sign_in_kind') }}

),

-- An app of the tenant's own is used by its managed identities, too, where it has any. The report of last activities answers for
-- what apps do to it, whoever they are.
callers as (

    select
        own_apps.tenant_id,
        own_apps.app_id,
        'managed_identity' as sign_in_kind
    from apps as own_apps
    inner join coverages
        on own_apps.tenant_id = coverages.tenant_id and coverages.sign_in_kind = 'service_principal'
    where
        own_apps.ownership = 'own'
        and own_apps.app_kind in ('application', 'legacy')
        and coverages.usage_rung <> 'activity_report'
        and own_apps.tenant_id in (select tenant_id from apps where app_kind = 'managed_identity' and not is_deleted)

),

needed as (

    select
        apps.tenant_id,
        apps.app_id,
        app_kinds.sign_in_kind
    from apps
    inner join app_kinds
        on apps.app_kind = app_kinds.app_kind

    union

    select * from callers

),

rungs as (

    select distinct
        usage_rung,
        rung_order
    from {{ ref('usage_source') }}

),

-- The gravest reason is told: what a licence or a permission would mend comes before what time will.
reasons as (

    select
        needed.tenant_id,
        needed.app_id,
        coverages.sign_in_kind,
        coverages.usage_rung,
        rungs.rung_order,
        coverages.uncovered_reason,
        case coverages.uncovered_reason
            when 'no_licence' then 1
            when 'no_permission' then 2
            when 'collection_failed' then 3
            when 'kind_not_collected' then 4
            when 'window_not_covered' then 5
        end as gravity
    from needed
    left join coverages
        on needed.tenant_id = coverages.tenant_id and needed.sign_in_kind = coverages.sign_in_kind
    left join rungs
        on coverages.usage_rung = rungs.usage_rung

),

summed as (

    select
        tenant_id,
        app_id,
        min(gravity) as gravity,
        max(rung_order) as weakest_order,
        {{ count_if("sign_in_kind is null") }} = 0 as is_tenant_synced,
        {{ count_if("usage_rung = 'activity_report' and sign_in_kind in ('interactive', 'non_interactive')") }} > 0
            as needs_delegated_report,
        {{ count_if("usage_rung = 'activity_report' and sign_in_kind = 'service_principal'") }} > 0
            as needs_app_only_report,
        {{ listed("case when uncovered_reason is not null then replace(sign_in_kind, '_', ' ') end") }} as uncovered_kinds
    from reasons
    group by tenant_id, app_id

),

judged as (

    select
        summed.tenant_id,
        summed.app_id,
        case
            when not summed.is_tenant_synced then 'kind_not_collected'
            when summed.gravity = 1 then 'no_licence'
            when summed.gravity = 2 then 'no_permission'
            when summed.gravity = 3 then 'collection_failed'
            when summed.gravity = 4 then 'kind_not_collected'
            when summed.gravity = 5 then 'window_not_covered'
        end as uncovered_reason,
        case when summed.is_tenant_synced then summed.uncovered_kinds else 'all' end as uncovered_kinds,
        -- The weakest of the rungs that are needed.
        case when summed.is_tenant_synced and summed.gravity is null then rungs.usage_rung end as usage_rung,
        summed.needs_delegated_report,
        summed.needs_app_only_report
    from summed
    left join rungs
        on summed.weakest_order = rungs.rung_order

)

select * from judged
