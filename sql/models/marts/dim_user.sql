with users as (

    select * from {{ ref('stg_entra__users') }}

),

activities as (

    select
        tenant_id,
        user_id,
        greatest(last_interactive_at, last_non_interactive_at, last_successful_at) as last_sign_in_at,
        last_successful_at
    from {{ ref('stg_entra__user_sign_in_activity') }}
    where deleted_at is null

),

days as (

    select
        tenant_id,
        principal_id as user_id,
        max(last_at) as last_sign_in_at,
        max(last_success_at) as last_successful_at
    from {{ ref('int_app_principal') }}
    where principal_type = 'user'
    group by tenant_id, principal_id

),

-- A count by day has the time of its first sign-in only.
counts as (

    select
        tenant_id,
        principal_id as user_id,
        max(first_at) as last_sign_in_at,
        max(case when result = 'success' then first_at end) as last_successful_at
    from {{ ref('int_sign_in_summary') }}
    where principal_type = 'user'
    group by tenant_id, principal_id

),

privileged as (

    select * from {{ ref('int_privileged_user') }}

),

columns_of_people as (

    select
        users.tenant_id,
        users.user_id,
        users.user_principal_name,
        users.display_name,
        users.mail,
        users.department,
        users.job_title,
        users.company_name,
        users.country,
        users.employee_type,
        users.user_type,
        users.is_enabled,
        coalesce(users.is_synced, false) as is_synced,
        greatest(activities.last_sign_in_at, days.last_sign_in_at, counts.last_sign_in_at) as last_sign_in_at,
        greatest(activities.last_successful_at, days.last_successful_at, counts.last_successful_at)
            as last_successful_sign_in_at,
        case greatest(activities.last_sign_in_at, days.last_sign_in_at, counts.last_sign_in_at)
            when activities.last_sign_in_at then 'sign_in_activity'
            when days.last_sign_in_at then 'sign_ins'
            when counts.last_sign_in_at then 'summarized_sign_ins'
        end as sign_in_source,
        privileged.privileged_roles,
        users.created_at,
        users.deleted_at,
        users.deleted_at is not null as is_deleted
    from users
    left join activities
        on users.tenant_id = activities.tenant_id and users.user_id = activities.user_id
    left join privileged
        on users.tenant_id = privileged.tenant_id and users.user_id = privileged.user_id
    left join days
        on users.tenant_id = days.tenant_id and users.user_id = days.user_id
    left join counts
        on users.tenant_id = counts.tenant_id and users.user_id = counts.user_id

)

select * from columns_of_people
