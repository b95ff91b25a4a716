-- May "it asked for no such token" be said of an app, and on what does that rest? One row per app and in whose name its
-- tokens are: a person's (`delegated`) or its own (`app_only`). The sign-in kinds of each are judged together, the weakest
-- rung counts.
with apps as (

    select * from {{ ref('dim_app') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

app_kinds as (

    select * from {{ ref('app_kind_sign_in_kind') }}

),

people_kinds as (

    select sign_in_kind from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins' and sign_in_kind in ('interactive', 'non_interactive')

),

coverages as (

    select * from {{ ref('int_sign_in_kind_coverage') }}

),

rungs as (

    select distinct
        usage_rung,
        rung_order
    from {{ ref('usage_source') }}

),

observable_apps as (

    select
        apps.tenant_id,
        apps.app_id,
        apps.app_kind,
        -- Entra publishes not all sign-ins of Microsoft's own apps, and none at all of some kinds of app.
        not (apps.ownership = 'microsoft' and apps.app_kind <> 'managed_identity')
        and apps.app_kind in (select app_kind from app_kinds) as is_observable
    from apps

),

-- People may sign in to an app of any kind that is observable; in its own name it signs in as what it is.
kinds as (

    select
        observable_apps.tenant_id,
        observable_apps.app_id,
        observable_apps.is_observable,
        'delegated' as token_kind,
        people_kinds.sign_in_kind
    from observable_apps
    cross join people_kinds

    union all

    select
        observable_apps.tenant_id,
        observable_apps.app_id,
        observable_apps.is_observable,
        'app_only' as token_kind,
        app_kinds.sign_in_kind
    from observable_apps
    left join app_kinds
        on
            observable_apps.app_kind = app_kinds.app_kind
            and app_kinds.sign_in_kind in ('service_principal', 'managed_identity')

),

judged as (

    select
        kinds.tenant_id,
        kinds.app_id,
        kinds.token_kind,
        kinds.is_observable,
        kinds.sign_in_kind,
        rungs.rung_order,
        coalesce(coverages.usage_rung, 'none') = 'none' as is_uncovered,
        -- The gravest reason is told: what a licence or a permission would mend comes before what time will.
        case coalesce(coverages.uncovered_reason, case when coverages.sign_in_kind is null then 'kind_not_collected' end)
            when 'no_licence' then 1
            when 'no_permission' then 2
            when 'collection_failed' then 3
            when 'kind_not_collected' then 4
            when 'window_not_covered' then 5
        end as gravity
    from kinds
    left join coverages
        on kinds.tenant_id = coverages.tenant_id and kinds.sign_in_kind = coverages.sign_in_kind
    left join rungs
        on coverages.usage_rung = rungs.usage_rung

),

summed as (

    select
        tenant_id,
        app_id,
        token_kind,
        is_observable,
        case min(gravity)
            when 1 then 'no_licence'
            when 2 then 'no_permission'
            when 3 then 'collection_failed'
            when 4 then 'kind_not_collected'
            when 5 then 'window_not_covered'
        end as uncovered_reason,
        max(rung_order) as weakest_order,
        {{ listed("case when is_uncovered then replace(sign_in_kind, '_', ' ') end") }} as uncovered_kinds
    from judged
    group by tenant_id, app_id, token_kind, is_observable

),

-- Successes by whole days at any API, named or not.
sign_ins as (

    select
        days.tenant_id,
        days.app_id,
        case when days.principal_type = 'user' then 'delegated' else 'app_only' end as token_kind,
        max(days.last_success_at) as last_success_at,
        coalesce(max(days.last_success_at) > max(tenants.lookback_from), false) as is_in_lookback,
        {{ total("case when days.sign_in_date >= " ~ utc_date('tenants.lookback_from') ~ " then days.successes end") }}
            as successes
    from {{ ref('int_app_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    group by
        days.tenant_id,
        days.app_id,
        case when days.principal_type = 'user' then 'delegated' else 'app_only' end

),

at_named_apis as (

    select
        days.tenant_id,
        days.app_id,
        case when days.sign_in_kind in ('interactive', 'non_interactive') then 'delegated' else 'app_only' end as token_kind,
        {{ total('days.successes') }} as successes
    from {{ ref('int_app_resource_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    where days.sign_in_date >= {{ utc_date('tenants.lookback_from') }} and nullif(days.resource_app_id, 'unknown') is not null
    group by
        days.tenant_id,
        days.app_id,
        case when days.sign_in_kind in ('interactive', 'non_interactive') then 'delegated' else 'app_only' end

),

summaries as (

    select
        tenant_id,
        app_id,
        case when principal_type = 'user' then 'delegated' else 'app_only' end as token_kind,
        max(first_at) as last_success_at,
        {{ count_if('is_in_lookback') }} > 0 as is_in_lookback,
        {{ count_if('is_in_lookback and resource_app_id is null') }} > 0 as has_unnamed_api
    from {{ ref('int_sign_in_summary') }}
    where result = 'success'
    group by tenant_id, app_id, case when principal_type = 'user' then 'delegated' else 'app_only' end

),

-- What the reports of last activities say of the window. A success in a role that they do not name may be any.
reports as (

    select
        activities.tenant_id,
        activities.app_id,
        activities.delegated_success_at,
        activities.app_only_success_at,
        coalesce(activities.delegated_success_at > tenants.lookback_from, false) as is_delegated_used,
        coalesce(activities.app_only_success_at > tenants.lookback_from, false) as is_app_only_used,
        coalesce(
            activities.any_success_at > tenants.lookback_from
            and coalesce(
                activities.any_success_at > greatest(
                    activities.delegated_success_at, activities.app_only_success_at, activities.resource_success_at
                ),
                true
            ),
            false
        ) as is_unnamed_used,
        activities.is_delegated_open or activities.is_otherwise_open as is_delegated_open,
        activities.is_app_only_open or activities.is_otherwise_open as is_app_only_open
    from {{ ref('int_app_reported_activity') }} as activities
    inner join tenants
        on activities.tenant_id = tenants.tenant_id

),

joined as (

    select
        summed.tenant_id,
        summed.app_id,
        summed.token_kind,
        summed.is_observable,
        summed.uncovered_reason,
        summed.uncovered_kinds,
        case when summed.uncovered_reason is null then rungs.usage_rung end as usage_rung,
        coalesce(sign_ins.is_in_lookback, false) or coalesce(summaries.is_in_lookback, false) as is_used,
        coalesce(sign_ins.successes, 0) > coalesce(at_named_apis.successes, 0)
        or coalesce(summaries.has_unnamed_api, false) as has_unnamed_api,
        case
            when case summed.token_kind when 'delegated' then reports.is_delegated_used else reports.is_app_only_used end
                then 'used'
            when reports.is_unnamed_used then 'used_somehow'
            when case summed.token_kind when 'delegated' then reports.is_delegated_open else reports.is_app_only_open end
                then 'open'
            else 'none'
        end as reported_use,
        greatest(
            sign_ins.last_success_at,
            summaries.last_success_at,
            case summed.token_kind when 'delegated' then reports.delegated_success_at else reports.app_only_success_at end
        ) as last_used_at
    from summed
    left join rungs
        on summed.weakest_order = rungs.rung_order
    left join sign_ins
        on
            summed.tenant_id = sign_ins.tenant_id
            and summed.app_id = sign_ins.app_id
            and summed.token_kind = sign_ins.token_kind
    left join at_named_apis
        on
            summed.tenant_id = at_named_apis.tenant_id
            and summed.app_id = at_named_apis.app_id
            and summed.token_kind = at_named_apis.token_kind
    left join summaries
        on
            summed.tenant_id = summaries.tenant_id
            and summed.app_id = summaries.app_id
            and summed.token_kind = summaries.token_kind
    left join reports
        on summed.tenant_id = reports.tenant_id and summed.app_id = reports.app_id

)

select * from joined
