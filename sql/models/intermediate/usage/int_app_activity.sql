-- What is known of an app's use: on which rung that rests, what the look-back window holds, and the last success at any time.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

evidence as (

    select * from {{ ref('int_app_evidence') }}

),

proven as (

    select
        *,
        row_number() over (
            partition by tenant_id, app_id
            order by case when is_in_lookback then 0 else 1 end, rung_order, app_role
        ) as strength,
        row_number() over (
            partition by tenant_id, app_id, app_role
            order by last_used_at desc nulls last, rung_order
        ) as newness
    from evidence

),

uses as (

    select
        tenant_id,
        app_id,
        min(first_used_at) as first_used_at,
        max(case when app_role = 'client' then last_used_at end) as last_used_at,
        max(case when app_role = 'resource' then last_used_at end) as last_used_as_resource_at,
        max(last_sign_in_at) as last_sign_in_at,
        max(case when newness = 1 and app_role = 'client' and last_used_at is not null then usage_source end)
            as last_used_source,
        max(case when strength = 1 and is_in_lookback then usage_source end) as usage_source
    from proven
    group by tenant_id, app_id

),

counts as (

    select
        days.tenant_id,
        days.app_id,
        {{ total('days.successes') }} as successes,
        {{ total('days.failures') }} as failures,
        {{ total('days.interrupts') }} as interrupts,
        {{ listed('case when days.is_used then days.sign_in_kind end') }} as kinds_used
    from {{ ref('fct_app_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    where days.sign_in_date >= {{ utc_date('tenants.lookback_from') }}
    group by days.tenant_id, days.app_id

),

people as (

    -- A success that names nobody is a use, and no person.
    select
        tenant_id,
        app_id,
        {{ count_if('successes > 0') }} as active_users,
        {{ count_if('failures > 0 and usage_source is null') }} as failed_users
    from {{ ref('int_app_user_activity') }}
    where user_id <> 'unknown'
    group by tenant_id, app_id

),

resource_uses as (

    select
        tenant_id,
        app_id,
        {{ total('resource_successes') }} as resource_successes
    from {{ ref('int_app_resource_use') }}
    group by tenant_id, app_id

),

joined as (

    select
        uses.*,
        coalesce(people.active_users, 0) as active_users,
        coalesce(people.failed_users, 0) as failed_users,
        coalesce(counts.successes, 0) as successes,
        coalesce(counts.failures, 0) as failures,
        coalesce(counts.interrupts, 0) as interrupts,
        coalesce(resource_uses.resource_successes, 0) as resource_successes,
        coalesce(counts.kinds_used, '') as kinds_used
    from uses
    left join counts
        on uses.tenant_id = counts.tenant_id and uses.app_id = counts.app_id
    left join people
        on uses.tenant_id = people.tenant_id and uses.app_id = people.app_id
    left join resource_uses
        on uses.tenant_id = resource_uses.tenant_id and uses.app_id = resource_uses.app_id

)

select * from joined
