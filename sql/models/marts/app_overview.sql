with apps as (

    select * from {{ ref('dim_app') }}
    where not is_deleted

),

usages as (

    select * from {{ ref('app_usage') }}

),

risks as (

    select * from {{ ref('app_risk') }}

),

permissions as (

    select * from {{ ref('int_app_permission_summary') }}

),

assignments as (

    select * from {{ ref('int_app_assignment') }}

),

noted as (

    select * from {{ ref('int_noted_tenant') }}

),

-- People assigned to the app who signed in nowhere: known where the notes on accounts are.
idle as (

    select
        assigned.tenant_id,
        assigned.app_id,
        count(*) as idle_people
    from {{ ref('int_user_assignment') }} as assigned
    inner join {{ ref('int_idle_user') }} as users
        on assigned.tenant_id = users.tenant_id and assigned.user_id = users.user_id
    where assigned.path_rank = 1
    group by assigned.tenant_id, assigned.app_id

),

-- The three heaviest reasons, heaviest first.
weighed as (

    select
        tenant_id,
        app_id,
        title,
        row_number() over (
            partition by tenant_id, app_id
            order by points desc, rule_id
        ) as weight_rank
    from {{ ref('app_risk_factor') }}

),

reclaimable as (

    select
        tenant_id,
        app_id,
        {{ total('seats') }} as reclaimable_seats
    from {{ ref('reclaim_candidate') }}
    where candidate_kind = 'assignment'
    group by tenant_id, app_id

),

top_factors as (

    select
        tenant_id,
        app_id,
        {{ joined_in_order('title', 'weight_rank') }} as risk_titles
    from weighed
    where weight_rank <= 3
    group by tenant_id, app_id

),

joined as (

    select
        apps.tenant_id,
        apps.app_id,
        apps.display_name,
        apps.app_kind,
        apps.ownership,
        apps.publisher_name,
        apps.is_publisher_verified,
        apps.has_service_principal,
        apps.is_enabled,
        apps.disabled_by_microsoft_status,
        apps.is_assignment_required,
        apps.sign_in_path,
        apps.homepage_url,
        apps.owners,
        apps.owner_names,
        apps.guest_owners,
        apps.directory_roles,
        apps.entra_risk_level,
        apps.entra_risk_state,
        apps.created_at,
        apps.first_seen_at,
        usages.usage_state,
        usages.unknown_reason,
        usages.unknown_explanation,
        usages.usage_source,
        usages.last_used_at,
        usages.last_used_source,
        usages.usage_level,
        usages.active_days_30,
        usages.known_days_30,
        usages.active_users,
        usages.failed_users,
        usages.daily_active_users,
        usages.weekly_active_users,
        usages.monthly_active_users,
        usages.previous_monthly_active_users,
        usages.average_active_days,
        usages.trend,
        usages.trend_percent,
        usages.successes,
        usages.failures,
        usages.interrupts,
        usages.kinds_used,
        risks.is_scored,
        risks.score as risk_score,
        risks.band as risk_band,
        coalesce(top_factors.risk_titles, '') as risk_titles,
        risks.missing_evidence as missing_risk_evidence,
        coalesce(permissions.permissions, 0) as permissions,
        coalesce(permissions.critical_permissions, 0) as critical_permissions,
        coalesce(permissions.high_permissions, 0) as high_permissions,
        coalesce(permissions.unrated_permissions, 0) as unrated_permissions,
        coalesce(permissions.application_permissions, 0) as application_permissions,
        coalesce(permissions.delegated_permissions, 0) as delegated_permissions,
        coalesce(permissions.tenant_wide_permissions, 0) as tenant_wide_permissions,
        coalesce(permissions.consenting_users, 0) as consenting_users,
        permissions.last_consented_at,
        coalesce(assignments.assigned_users, 0) as assigned_users,
        coalesce(assignments.assigned_groups, 0) as assigned_groups,
        case when assignments.app_id is null then 0 else assignments.assigned_people end as assigned_people,
        case when noted.tenant_id is not null then coalesce(idle.idle_people, 0) end as idle_people,
        usages.access_mode,
        usages.entitled_users,
        usages.entitled_active_users,
        usages.adoption_percent,
        coalesce(reclaimable.reclaimable_seats, 0) as reclaimable_seats,
        usages.window_from as usage_window_from,
        usages.window_to as usage_window_to
    from apps
    inner join usages
        on apps.tenant_id = usages.tenant_id and apps.app_id = usages.app_id
    inner join risks
        on apps.tenant_id = risks.tenant_id and apps.app_id = risks.app_id
    left join permissions
        on apps.tenant_id = permissions.tenant_id and apps.app_id = permissions.app_id
    left join assignments
        on apps.tenant_id = assignments.tenant_id and apps.app_id = assignments.app_id
    left join noted
        on apps.tenant_id = noted.tenant_id
    left join idle
        on apps.tenant_id = idle.tenant_id and apps.app_id = idle.app_id
    left join reclaimable
        on apps.tenant_id = reclaimable.tenant_id and apps.app_id = reclaimable.app_id
    left join top_factors
        on apps.tenant_id = top_factors.tenant_id and apps.app_id = top_factors.app_id

)

select * from joined
