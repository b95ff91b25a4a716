with tenants as (

    select * from {{ ref('int_tenant') }}

),

-- Kinds of app that people can sign in to.
peopled_kinds as (

    select app_kind
    from {{ ref('app_kind_sign_in_kind') }}
    where sign_in_kind = 'interactive'

),

people_coverage as (

    select * from {{ ref('int_people_coverage') }}

),

known as (

    select * from {{ ref('int_known_days') }}
    where subject = 'person'

),

ages as (

    select * from {{ ref('int_app_age') }}

),

users as (

    select * from {{ ref('stg_entra__users') }}

),

activities as (

    select * from {{ ref('int_app_user_activity') }}

),

active_days as (

    select * from {{ ref('int_app_user_active_days') }}

),

nameless as (

    {{ nameless_uses('activities') }}

),

called as (

    select * from {{ ref('int_called_app') }}

),

idle as (

    select * from {{ ref('int_idle_user') }}

),

all_paths as (

    select * from {{ ref('int_user_assignment') }}

),

-- Who has one old path, or one of which nobody knows the age, was not assigned lately. A path through a group opens when the group is
-- assigned and the person has joined it.
first_assignments as (

    select
        tenant_id,
        app_id,
        user_id,
        case
            when {{ count_if('assigned_at is null and joined_at is null') }} = 0 then min(greatest(assigned_at, joined_at))
        end as first_assigned_at,
        min(case when assigned_through = 'direct' then assigned_at else joined_at end) as known_since
    from all_paths
    group by tenant_id, app_id, user_id

),

assignments as (

    select
        all_paths.tenant_id,
        all_paths.app_id,
        all_paths.user_id,
        all_paths.assigned_through,
        all_paths.group_id,
        all_paths.group_name,
        first_assignments.first_assigned_at,
        first_assignments.known_since
    from all_paths
    inner join first_assignments
        on
            all_paths.tenant_id = first_assignments.tenant_id
            and all_paths.app_id = first_assignments.app_id
            and all_paths.user_id = first_assignments.user_id
    where all_paths.path_rank = 1

),

-- What is said of an app and of its tenant is joined once, not for each of its people.
apps as (

    select
        dim_apps.tenant_id,
        dim_apps.app_id,
        dim_apps.sign_in_path,
        dim_apps.is_app_id_known,
        peopled_kinds.app_kind is not null as is_for_people,
        coalesce(people_coverage.is_covered, false) as is_covered,
        people_coverage.usage_rung,
        coalesce(people_coverage.uncovered_reason, 'kind_not_collected') as uncovered_reason,
        coalesce(people_coverage.uncovered_kinds, 'all') as uncovered_kinds,
        nameless.app_id is not null as has_nameless_use,
        called.app_id is not null as is_called,
        coalesce(ages.age = 'in_grace', false) as is_app_new,
        {{ dbt.dateadd('day', -1 * var('new_user_grace_days'), 'tenants.as_of') }} as user_grace_from,
        -- Where people come without a sign-in, to a kind of app that shows none, or under an id that nobody knows, no day is known.
        {% for days in [30, 60, 90] -%}
        case
            when dim_apps.sign_in_path = 'entra' and dim_apps.is_app_id_known and peopled_kinds.app_kind is not null
                then coalesce(known.known_days_{{ days }}, 0)
            else 0
        end as known_days_{{ days }}{{ '' if loop.last else ',' }}
        {% endfor %}
    from {{ ref('dim_app') }} as dim_apps
    left join tenants
        on dim_apps.tenant_id = tenants.tenant_id
    left join peopled_kinds
        on dim_apps.app_kind = peopled_kinds.app_kind
    left join people_coverage
        on dim_apps.tenant_id = people_coverage.tenant_id
    left join known
        on dim_apps.tenant_id = known.tenant_id
    left join ages
        on dim_apps.tenant_id = ages.tenant_id and dim_apps.app_id = ages.app_id
    left join called
        on dim_apps.tenant_id = called.tenant_id and dim_apps.app_id = called.app_id
    left join nameless
        on dim_apps.tenant_id = nameless.tenant_id and dim_apps.app_id = nameless.app_id
    where not dim_apps.is_deleted

),

pairs as (

    select
        coalesce(activities.tenant_id, assignments.tenant_id) as tenant_id,
        coalesce(activities.app_id, assignments.app_id) as app_id,
        coalesce(activities.user_id, assignments.user_id) as user_id,
        assignments.user_id is not null as is_assigned,
        assignments.assigned_through,
        assignments.group_id,
        assignments.group_name,
        assignments.first_assigned_at,
        assignments.known_since,
        activities.usage_source,
        activities.first_used_at,
        activities.last_used_at,
        activities.kinds_used,
        activities.successes,
        activities.failures
    from activities
    full outer join assignments
        on
            activities.tenant_id = assignments.tenant_id
            and activities.app_id = assignments.app_id
            and activities.user_id = assignments.user_id

),

joined as (

    select
        pairs.tenant_id,
        pairs.app_id,
        pairs.user_id,
        pairs.is_assigned,
        pairs.assigned_through,
        pairs.group_id,
        pairs.group_name,
        pairs.usage_source as proven_by,
        idle.user_id is not null as is_idle,
        apps.sign_in_path,
        apps.is_app_id_known,
        apps.is_for_people,
        apps.is_covered,
        apps.usage_rung,
        apps.uncovered_reason,
        apps.uncovered_kinds,
        apps.has_nameless_use and pairs.user_id <> 'unknown' as may_be_nameless,
        apps.is_called,
        apps.is_app_new,
        coalesce(users.created_at > apps.user_grace_from, false) as is_user_new,
        -- Whom the directory does not list may have come yesterday, unless an assignment or a success is older.
        users.user_id is null
        and coalesce(least(pairs.known_since, pairs.first_used_at) > apps.user_grace_from, true) as is_user_age_unknown,
        coalesce(pairs.first_assigned_at > apps.user_grace_from, false) as is_assignment_new,
        pairs.first_used_at,
        pairs.last_used_at,
        coalesce(pairs.kinds_used, '') as kinds_used,
        coalesce(pairs.successes, 0) as successes,
        coalesce(pairs.failures, 0) as failures,
        coalesce(active_days.active_days_30, 0) as active_days_30,
        coalesce(active_days.active_days_60, 0) as active_days_60,
        coalesce(active_days.active_days_90, 0) as active_days_90,
        apps.known_days_30,
        apps.known_days_60,
        apps.known_days_90
    from pairs
    inner join apps
        on pairs.tenant_id = apps.tenant_id and pairs.app_id = apps.app_id
    left join active_days
        on
            pairs.tenant_id = active_days.tenant_id
            and pairs.app_id = active_days.app_id
            and pairs.user_id = active_days.user_id
    left join users
        on pairs.tenant_id = users.tenant_id and pairs.user_id = users.user_id
    left join idle
        on pairs.tenant_id = idle.tenant_id and pairs.user_id = idle.user_id

),

reasoned as (

    select
        *,
        case
            when proven_by is not null then null
            when sign_in_path in ('linked', 'password') then 'sign_in_outside_entra'
            when sign_in_path = 'proxy' then 'application_proxy'
            when not is_for_people then 'app_kind_not_observable'
            -- Whoever signed in nowhere used nothing that asks Entra, whatever else is not known.
            when not is_idle and not is_app_id_known then 'app_id_unknown'
            when not is_idle and not is_covered then uncovered_reason
            when not is_idle and may_be_nameless then 'nameless_success'
            when not is_idle and is_called then 'used_as_api'
            when is_app_new then 'app_too_new'
            when is_user_new then 'user_too_new'
            when is_assignment_new then 'assignment_too_new'
            when is_user_age_unknown then 'user_age_unknown'
        end as unknown_reason
    from joined

),

stated as (

    select
        *,
        case
            when proven_by is not null then 'used'
            when unknown_reason is null then 'unused'
            else 'unknown'
        end as usage_state
    from reasoned

),

explained as (

    select
        tenant_id,
        app_id,
        user_id,
        is_assigned,
        assigned_through,
        group_id,
        group_name,
        usage_state,
        case
            when proven_by is not null then proven_by
            when unknown_reason is not null then null
            when is_covered and is_app_id_known and not may_be_nameless and not is_called then usage_rung
            else 'sign_in_activity'
        end as usage_source,
        unknown_reason,
        {{ unknown_explanation() }} as unknown_explanation,
        first_used_at,
        last_used_at,
        {% for days in [30, 60, 90] -%}
        {{ active_days_if_known(days) }} as active_days_{{ days }},
        {% endfor -%}
        {{ usage_level_of_state() }} as usage_level,
        known_days_30,
        known_days_60,
        known_days_90,
        kinds_used,
        successes,
        failures
    from stated

)

select * from explained
