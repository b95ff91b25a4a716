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

active_days as (

    select * from {{ ref('int_app_active_days') }}

),

resource_days as (

    select * from {{ ref('int_app_resource_active_days') }}

),

-- Successes that name nobody are not counted as people: somebody is missing in the month.
nameless as (

    select * from {{ ref('int_app_user_active_days') }}
    where user_id = 'unknown'

),

entitlements as (

    select * from {{ ref('int_app_entitlement') }}

),

called as (

    select * from {{ ref('int_called_app') }}

),

people_known as (

    select * from {{ ref('int_known_days') }}
    where subject = 'person'

),

kinds_known as (

    select * from {{ ref('int_known_days') }}

),

joined as (

    select
        apps.tenant_id,
        apps.app_id,
        apps.is_enabled,
        apps.ownership,
        apps.app_kind,
        apps.is_app_id_known,
        apps.sign_in_path,
        tenants.lookback_from,
        tenants.as_of,
        activities.first_used_at,
        activities.last_used_at,
        activities.last_used_as_resource_at,
        activities.last_used_source,
        activities.last_sign_in_at,
        activities.usage_source as proven_by,
        coalesce(activities.active_users, 0) as active_users,
        coalesce(activities.failed_users, 0) as failed_users,
        coalesce(activities.successes, 0) as successes,
        coalesce(activities.failures, 0) as failures,
        coalesce(activities.interrupts, 0) as interrupts,
        coalesce(activities.resource_successes, 0) as resource_successes,
        coalesce(activities.kinds_used, '') as kinds_used,
        coverages.uncovered_reason,
        coverages.uncovered_kinds,
        coverages.usage_rung,
        ages.age,
        coalesce(ages.created_at, ages.first_seen_at) as seen_from,
        ages.created_at is not null as is_dated,
        -- Where the answer rests on a report, an attempt of unknown result in it may have been a success.
        (coverages.needs_delegated_report and coalesce(reports.is_delegated_open, false))
        or (coverages.needs_app_only_report and coalesce(reports.is_app_only_open, false))
        or (
            (coverages.needs_delegated_report or coverages.needs_app_only_report)
            and coalesce(reports.is_otherwise_open, false)
        ) as has_open_attempts,
        coverages.app_id is not null as is_observable,
        apps.ownership = 'microsoft' and apps.app_kind <> 'managed_identity' as is_microsofts,
        entitlements.access_mode,
        entitlements.entitled_users,
        entitlements.entitled_active_users,
        coalesce(active_days.active_days_30, 0) as active_days_30,
        coalesce(active_days.active_days_60, 0) as active_days_60,
        coalesce(active_days.active_days_90, 0) as active_days_90,
        coalesce(active_days.active_days_before, 0) as active_days_before,
        coalesce(active_days.daily_active_users, 0) as daily_active_users,
        coalesce(active_days.weekly_active_users, 0) as weekly_active_users,
        coalesce(active_days.monthly_active_users, 0) as monthly_active_users,
        coalesce(active_days.previous_monthly_active_users, 0) as previous_monthly_active_users,
        coalesce(active_days.person_days_30, 0) as person_days_30,
        coalesce(active_days.power_users, 0) as power_users,
        coalesce(active_days.regular_users, 0) as regular_users,
        coalesce(active_days.occasional_users, 0) as occasional_users,
        coalesce(resource_days.active_days_30, 0) as resource_days_30,
        coalesce(nameless.active_days_30 > 0, false) as is_somebody_nameless,
        coalesce(nameless.active_days_before > 0, false) as was_somebody_nameless,
        people_known.known_last_day as people_last_day,
        people_known.known_days_7 as people_days_7,
        people_known.known_days_30 as people_days_30,
        people_known.known_days_before as people_days_before,
        people_known.known_days_60 as people_days_60,
        people_known.known_days_90 as people_days_90,
        kinds_known.known_days_30 as kind_days_30,
        kinds_known.known_days_60 as kind_days_60,
        kinds_known.known_days_90 as kind_days_90,
        kinds_known.known_days_before as kind_days_before,
        apps.sign_in_path in ('linked', 'password', 'proxy') as is_outside_entra,
        called.app_id is not null as is_called
    from apps
    left join tenants
        on apps.tenant_id = tenants.tenant_id
    left join activities
        on apps.tenant_id = activities.tenant_id and apps.app_id = activities.app_id
    left join active_days
        on apps.tenant_id = active_days.tenant_id and apps.app_id = active_days.app_id
    left join resource_days
        on apps.tenant_id = resource_days.tenant_id and apps.app_id = resource_days.app_id
    left join nameless
        on apps.tenant_id = nameless.tenant_id and apps.app_id = nameless.app_id
    left join reports
        on apps.tenant_id = reports.tenant_id and apps.app_id = reports.app_id
    left join coverages
        on apps.tenant_id = coverages.tenant_id and apps.app_id = coverages.app_id
    left join called
        on apps.tenant_id = called.tenant_id and apps.app_id = called.app_id
    left join ages
        on apps.tenant_id = ages.tenant_id and apps.app_id = ages.app_id
    left join entitlements
        on apps.tenant_id = entitlements.tenant_id and apps.app_id = entitlements.app_id
    left join people_known
        on apps.tenant_id = people_known.tenant_id
    left join kinds_known
        on apps.tenant_id = kinds_known.tenant_id and apps.app_kind = kinds_known.subject

),

-- Of what Entra sees no sign-ins of, or under an id that nobody knows, no day is known; of Microsoft's own apps only people's
-- sign-ins are published, and the days are theirs. Of apps that nobody signs in to it is known that nobody did.
known as (

    select
        *,
        {% for window in ['days_30', 'days_60', 'days_90', 'days_before'] -%}
        case
            when is_outside_entra or not is_app_id_known then 0
            when is_microsofts then coalesce(people_{{ window }}, 0)
            else coalesce(kind_{{ window }}, 0)
        end as known_{{ window }},
        {% endfor -%}
        {% for window, days in [('days_7', 7), ('days_30', 30), ('days_before', 30), ('last_day', 1)] -%}
        case
            when sign_in_path = 'none' then {{ days }}
            when is_outside_entra or not is_observable or not is_app_id_known then 0
            else coalesce(people_{{ window }}, 0)
        end as known_people_{{ window }}{{ '' if loop.last else ',' }}
        {% endfor %}
    from joined

),

reasoned as (

    select
        *,
        case
            when proven_by is not null then null
            when is_microsofts then 'microsoft_app'
            when not is_observable then 'app_kind_not_observable'
            when not is_app_id_known then 'app_id_unknown'
            when sign_in_path in ('linked', 'password') then 'sign_in_outside_entra'
            when sign_in_path = 'proxy' then 'application_proxy'
            when uncovered_reason is not null then uncovered_reason
            when has_open_attempts then 'only_attempts_known'
            when age = 'in_grace' then 'app_too_new'
            when age = 'unknown' then 'app_age_unknown'
        end as unknown_reason,
        -- Use is compared by people where there are any in either month, else by the days on which the app itself signed in.
        monthly_active_users + previous_monthly_active_users > 0 as is_used_by_people
    from known

),

stated as (

    select
        *,
        case
            when proven_by is not null then 'used'
            when unknown_reason is null then 'unused'
            else 'unknown'
        end as usage_state,
        case when is_used_by_people then monthly_active_users else active_days_30 end as this_month,
        case when is_used_by_people then previous_monthly_active_users else active_days_before end as month_before,
        case when is_used_by_people then known_people_days_30 else known_days_30 end
        >= 30 - {{ var('trend_unknown_days') }}
        and not (is_used_by_people and is_somebody_nameless) as is_this_month_known,
        case when is_used_by_people then known_people_days_before else known_days_before end
        >= 30 - {{ var('trend_unknown_days') }}
        and not (is_used_by_people and was_somebody_nameless) as is_month_before_known
    from reasoned

),

-- What is known in part is a lower bound: it may prove a rise above what is known whole, or a fall below what was at least.
trended as (

    select
        *,
        case
            when
                this_month > 0
                and month_before = 0
                -- Without a date the first trace is where the log begins.
                and (is_dated or is_month_before_known)
                and seen_from > {{ dbt.dateadd('day', -60, 'as_of') }}
                then 'new'
            when
                is_month_before_known
                and this_month > month_before
                and (this_month - month_before) * 100 >= month_before * {{ var('trend_percent') }}
                then 'rising'
            when
                is_this_month_known
                and this_month < month_before
                and (month_before - this_month) * 100 >= month_before * {{ var('trend_percent') }}
                then 'falling'
            -- Use as an API is not counted by days.
            when this_month = 0 and month_before = 0 and last_used_as_resource_at is not null then 'unknown'
            when is_this_month_known and is_month_before_known then 'steady'
            else 'unknown'
        end as trend,
        case
            when is_this_month_known and is_month_before_known and month_before > 0
                then round(100.0 * (this_month - month_before) / month_before, 1)
        end as trend_percent
    from stated

),

explained as (

    select
        tenant_id,
        app_id,
        is_enabled,
        usage_state,
        case
            when proven_by is not null then proven_by
            when unknown_reason is null then usage_rung
        end as usage_source,
        unknown_reason,
        {{ unknown_explanation() }} as unknown_explanation,
        first_used_at,
        last_used_at,
        last_used_source,
        last_used_as_resource_at,
        last_sign_in_at,
        active_users,
        failed_users,
        successes,
        failures,
        interrupts,
        resource_successes,
        {{ if_known('resource_days_30', 'coalesce(people_days_30, 0)') }} as resource_active_days_30,
        kinds_used,
        {% for days in [30, 60, 90] -%}
        {{ active_days_if_known(days) }} as active_days_{{ days }},
        {% endfor -%}
        known_days_30,
        known_days_60,
        known_days_90,
        -- As an API only it may have been used on any day.
        case
            when not (usage_state = 'used' and active_days_30 = 0 and last_used_as_resource_at > lookback_from)
                then {{ usage_level_of_state() }}
        end as usage_level,
        {{ if_known('daily_active_users', 'known_people_last_day') }} as daily_active_users,
        {{ if_known('weekly_active_users', 'known_people_days_7') }} as weekly_active_users,
        {{ if_known('monthly_active_users', 'known_people_days_30') }} as monthly_active_users,
        {{ if_known('previous_monthly_active_users', 'known_people_days_before') }} as previous_monthly_active_users,
        cast(
            case
                when known_people_days_30 > 0
                    then round(1.0 * person_days_30 / greatest(known_people_days_30, active_days_30), 2)
            end as double
        ) as average_daily_active_users,
        cast(
            case when monthly_active_users > 0 then round(1.0 * person_days_30 / monthly_active_users, 2) end as double
        ) as average_active_days,
        case when known_people_days_30 > 0 or power_users > 0 then power_users end as power_users,
        case when known_people_days_30 > 0 or power_users > 0 then regular_users end as regular_users,
        case when known_people_days_30 > 0 or power_users > 0 then occasional_users end as occasional_users,
        trend,
        cast(trend_percent as double) as trend_percent,
        coalesce(access_mode, 'unknown') as access_mode,
        cast(entitled_users as bigint) as entitled_users,
        cast(
            case
                when entitled_users is not null then {{ if_known('entitled_active_users', 'known_people_days_30') }}
            end as bigint
        ) as entitled_active_users,
        cast(
            case
                -- Who came without a name, or through another app, may have been any of them.
                when (is_somebody_nameless or is_called) and entitled_active_users < entitled_users then null
                when entitled_users > 0
                    then
                        round(
                            100.0 * {{ if_known('entitled_active_users', 'known_people_days_30') }} / entitled_users, 1
                        )
            end as double
        ) as adoption_percent,
        lookback_from as window_from,
        as_of as window_to
    from trended

)

select * from explained
