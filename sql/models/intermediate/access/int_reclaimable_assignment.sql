-- Ways to an app that a person verifiably did not use within the window, and that are older than it.
with paths as (

    select * from {{ ref('int_user_assignment') }}

),

usages as (

    select * from {{ ref('app_user_usage') }}
    where usage_state = 'unused'

),

users as (

    select * from {{ ref('stg_entra__users') }}

),

audits as (

    select * from {{ ref('int_collection_coverage') }}
    where collection = 'directory_audits'

),

entitlements as (

    select * from {{ ref('int_app_entitlement') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

judged as (

    select
        paths.*,
        usages.last_used_at,
        usages.usage_source,
        usages.failures,
        paths.joined_at is null and not coalesce(audits.is_lookback_covered, false) as is_join_unknown,
        users.is_enabled as is_user_enabled,
        entitlements.access_mode,
        paths.assigned_at <= tenants.lookback_from
        -- Graph does not date memberships: of a group, who is new in the tenant is new, and who joined it lately by the audits. An account
        -- that is listed without a date is older than June 2018.
        and coalesce(paths.joined_at <= tenants.lookback_from, true)
        and (
            paths.assigned_through = 'direct'
            or (users.user_id is not null and coalesce(users.created_at <= tenants.lookback_from, true))
        )
            as is_old_enough
    from paths
    inner join usages
        on
            paths.tenant_id = usages.tenant_id
            and paths.app_id = usages.app_id
            and paths.user_id = usages.user_id
    inner join tenants
        on paths.tenant_id = tenants.tenant_id
    left join entitlements
        on paths.tenant_id = entitlements.tenant_id and paths.app_id = entitlements.app_id
    left join audits
        on paths.tenant_id = audits.tenant_id
    left join users
        on paths.tenant_id = users.tenant_id and paths.user_id = users.user_id

),

-- A seat is free when every way to it is closed: it counts once, with the first of them, and not while one has to stay.
counted as (

    select
        *,
        count(*) over (partition by tenant_id, app_id, user_id) as paths,
        sum(case when coalesce(is_old_enough, false) then 0 else 1 end) over (partition by tenant_id, app_id, user_id)
            as staying_paths
    from judged

),

candidates as (

    select
        *,
        case when path_rank = 1 and staying_paths = 0 and coalesce(access_mode <> 'everyone', true) then 1 else 0 end as seats
    from counted
    where is_old_enough

)

select * from candidates
