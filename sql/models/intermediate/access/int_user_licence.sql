-- Licences that people hold, each with the path by which it came: assigned to the person, or to a group. Where Graph gives the
-- licences and not their paths, the path is unknown. A licence that is in error is not in use.
with users as (

    select * from {{ ref('stg_entra__users') }}
    where deleted_at is null

),

skus as (

    select
        tenant_id,
        lower(sku_id) as sku_id,
        max(sku_part_number) as sku_part_number
    from {{ ref('stg_entra__subscribed_skus') }}
    where deleted_at is null
    group by tenant_id, lower(sku_id)

),

groups as (

    select * from {{ ref('stg_entra__groups') }}

),

states as (

    select
        tenant_id,
        user_id,
        {{ json_elements('license_assignment_states') }} as licence
    from users

),

assigned as (

    select
        tenant_id,
        user_id,
        {{ json_elements('assigned_licenses') }} as licence
    from users

),

parsed as (

    select
        tenant_id,
        user_id,
        lower({{ json_text('licence', 'skuId') }}) as sku_id,
        {{ json_text('licence', 'assignedByGroup') }} as group_id,
        lower({{ json_text('licence', 'state') }}) as licence_state,
        cast({{ json_text('licence', 'lastUpdatedDateTime') }} as timestamp with time zone) as changed_at
    from states

),

explained as (

    select distinct
        tenant_id,
        user_id
    from parsed

),

united as (

    select
        tenant_id,
        user_id,
        sku_id,
        case when group_id is null then 'direct' else 'group' end as licensed_through,
        group_id,
        max(changed_at) as changed_at
    from parsed
    where coalesce(licence_state, 'active') in ('active', 'activewitherror')
    group by tenant_id, user_id, sku_id, group_id

    union

    select
        assigned.tenant_id,
        assigned.user_id,
        lower({{ json_text('assigned.licence', 'skuId') }}) as sku_id,
        cast(null as varchar) as licensed_through,
        cast(null as varchar) as group_id,
        cast(null as timestamp with time zone) as changed_at
    from assigned
    left join explained
        on assigned.tenant_id = explained.tenant_id and assigned.user_id = explained.user_id
    where explained.user_id is null

),

named as (

    select
        united.tenant_id,
        united.user_id,
        united.sku_id,
        coalesce(skus.sku_part_number, united.sku_id) as sku_part_number,
        united.licensed_through,
        united.group_id,
        united.changed_at,
        coalesce(groups.display_name, united.group_id) as group_name
    from united
    left join skus
        on united.tenant_id = skus.tenant_id and united.sku_id = skus.sku_id
    left join groups
        on united.tenant_id = groups.tenant_id and united.group_id = groups.group_id
    where united.sku_id is not null

),

-- Several paths to one licence take one seat: the one that is told first.
ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, user_id, sku_id
            order by case licensed_through when 'direct' then 0 else 1 end, group_name, group_id
        ) as path_rank,
        max(changed_at) over (partition by tenant_id, user_id, sku_id) as last_changed_at
    from named

)

select * from ranked
