with assignments as (

    select * from {{ ref('int_user_assignment') }}
    where assigned_through = 'direct' or not is_direct_as_well

),

usages as (

    select * from {{ ref('app_user_usage') }}

),

users as (

    select * from {{ ref('dim_user') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

candidates as (

    select
        assignments.tenant_id,
        assignments.assignment_id,
        assignments.app_id,
        assignments.user_id,
        assignments.assigned_through,
        assignments.group_id,
        assignments.group_name,
        assignments.assigned_at,
        usages.last_used_at,
        usages.usage_source,
        users.is_enabled as is_user_enabled
    from assignments
    inner join usages
        on
            assignments.tenant_id = usages.tenant_id
            and assignments.app_id = usages.app_id
            and assignments.user_id = usages.user_id
    inner join tenants
        on assignments.tenant_id = tenants.tenant_id
    left join users
        on assignments.tenant_id = users.tenant_id and assignments.user_id = users.user_id
    where
        usages.usage_state = 'unused'
        and assignments.assigned_at <= tenants.lookback_from
        -- Graph does not date memberships: of a group, who is new in the tenant is new.
        and (
            assignments.assigned_through = 'direct'
            or coalesce(users.created_at <= tenants.lookback_from, false)
        )

)

select * from candidates
