with apps as (

    select * from {{ ref('dim_app') }}
    where not is_deleted

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

activities as (

    select * from {{ ref('int_app_activity') }}

),

reports as (

    select * from {{ ref('int_app_reported_activity') }}

),

coverages as (

    select * from {{ ref('int_app_kind_coverage') }}

),

ages as (

    select * from {{ ref('int_app_age') }}

),

joined as (

    select
        apps.tenant_id,
        apps.app_id,
        tenants.lookback_from,
        tenants.as_of,
        activities.first_used_at,
        activities.last_used_at,
        activities.last_used_as_resource_at,
        activities.last_used_source,
        activities.last_sign_in_at,
        activities.usage_source as proven_by,
        coalesce(activities.active_users, 0) as active_users,
        coalesce(activities.successes, 0) as successes,
        coalesce(activities.failures, 0) as failures,
        coalesce(activities.interrupts, 0) as interrupts,
        coalesce(activities.resource_successes, 0) as resource_successes,
        coalesce(activities.kinds_used, '') as kinds_used,
        coverages.uncovered_reason,
        coverages.uncovered_kinds,
        coverages.usage_rung,
        ages.age,
        -- Where the answer rests on a report, an attempt of unknown result in it may have been a success.
        (coverages.needs_delegated_report and coalesce(reports.is_delegated_open, false))
        or (coverages.needs_app_only_report and coalesce(reports.is_app_only_open, false))
        or (
            (coverages.needs_delegated_report or coverages.needs_app_only_report)
            and coalesce(reports.is_otherwise_open, false)
        ) as has_open_attempts,
        -- Entra publishes no app-only sign-ins of Microsoft's own apps, and none at all of some kinds of app.
        coverages.app_id is not null
        and not (apps.ownership = 'microsoft' and apps.app_kind <> 'managed_identity') as is_observable
    from apps
    left join tenants
        on apps.tenant_id = tenants.tenant_id
    left join activities
        on apps.tenant_id = activities.tenant_id and apps.app_id = activities.app_id
    left join reports
        on apps.tenant_id = reports.tenant_id and apps.app_id = reports.app_id
    left join coverages
        on apps.tenant_id = coverages.tenant_id and apps.app_id = coverages.app_id
    left join ages
        on apps.tenant_id = ages.tenant_id and apps.app_id = ages.app_id

),

reasoned as (

    select
        *,
        case
            when proven_by is not null then null
            when not is_observable then 'app_kind_not_observable'
            when uncovered_reason is not null then uncovered_reason
            when has_open_attempts then 'only_attempts_known'
            when age = 'in_grace' then 'app_too_new'
            when age = 'unknown' then 'app_age_unknown'
        end as unknown_reason
    from joined

),

stated as (

    select
        tenant_id,
        app_id,
        case
            when proven_by is not null then 'used'
            when unknown_reason is null then 'unused'
            else 'unknown'
        end as usage_state,
        case
            when proven_by is not null then proven_by
            when unknown_reason is null then usage_rung
        end as usage_source,
        unknown_reason,
        case unknown_reason
            when 'app_kind_not_observable' then 'Entra publishes no sign-ins of this kind of app'
            when 'no_licence' then 'No premium licence, so not collected: ' || uncovered_kinds || ' sign-ins'
            when 'no_permission' then 'No permission, so not collected: ' || uncovered_kinds || ' sign-ins'
            when 'collection_failed' then 'The last collection failed: ' || uncovered_kinds || ' sign-ins'
            when 'kind_not_collected' then 'Never collected: ' || uncovered_kinds || ' sign-ins'
            when 'window_not_covered'
                then
                    'Not collected for all of the last {{ var("usage_lookback_days") }} days: '
                    || uncovered_kinds
                    || ' sign-ins'
            when 'only_attempts_known'
                then 'Only a report of last activities was collected, and it does not say whether they succeeded'
            when 'app_too_new' then 'Added less than {{ var("new_app_grace_days") }} days ago'
            when 'app_age_unknown'
                then 'Nothing shows that it was added more than {{ var("new_app_grace_days") }} days ago'
        end as unknown_explanation,
        first_used_at,
        last_used_at,
        last_used_source,
        last_used_as_resource_at,
        last_sign_in_at,
        active_users,
        successes,
        failures,
        interrupts,
        resource_successes,
        kinds_used,
        lookback_from as window_from,
        as_of as window_to
    from reasoned

)

select * from stated
