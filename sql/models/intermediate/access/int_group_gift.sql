-- What a group gives its members, as far as it is known: apps and licences. Whoever leaves it loses them, unless they come by
-- another way as well.
with apps as (

    select
        tenant_id,
        principal_id as group_id,
        count(distinct app_id) as apps
    from {{ ref('int_assignment') }}
    where principal_type = 'Group'
    group by tenant_id, principal_id

),

licences as (

    select
        tenant_id,
        group_id,
        count(distinct sku_id) as licences
    from {{ ref('int_user_licence') }}
    where group_id is not null
    group by tenant_id, group_id

),

group_ids as (

    select tenant_id, group_id from apps
    union
    select tenant_id, group_id from licences

),

groups as (

    select * from {{ ref('stg_entra__groups') }}

),

joined as (

    select
        group_ids.tenant_id,
        group_ids.group_id,
        coalesce(apps.apps, 0) as apps,
        coalesce(licences.licences, 0) as licences,
        coalesce(groups.is_dynamic, false) as is_dynamic,
        coalesce(groups.is_synced, false) as is_synced,
        coalesce(groups.is_unified, false) as is_unified
    from group_ids
    left join apps
        on group_ids.tenant_id = apps.tenant_id and group_ids.group_id = apps.group_id
    left join licences
        on group_ids.tenant_id = licences.tenant_id and group_ids.group_id = licences.group_id
    left join groups
        on group_ids.tenant_id = groups.tenant_id and group_ids.group_id = groups.group_id

)

select * from joined
