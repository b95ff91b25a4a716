-- Likelihood by who answers for an app.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

permitted as (

    select
        tenant_id,
        app_id,
        count(distinct permission_key) as permissions
    from {{ ref('fct_permission') }}
    group by tenant_id, app_id

),

ownerless as (

    select
        apps.tenant_id,
        apps.app_id,
        'no_owner' as rule_id,
        100 as strength,
        'No owner. Permissions held: ' || cast(permitted.permissions as varchar) as evidence,
        'owners of the app and of its registration' as provenance
    from apps
    inner join permitted
        on apps.tenant_id = permitted.tenant_id and apps.app_id = permitted.app_id
    where apps.is_own and apps.owners = 0

),

owned_by_guests as (

    select
        tenant_id,
        app_id,
        'guest_owner' as rule_id,
        100 as strength,
        'Owners from outside: ' || cast(guest_owners as varchar) || coalesce(', among ' || array_to_string(owner_names, ', '), '') as evidence,
        'owners and users' as provenance
    from apps
    where guest_owners > 0

),

-- Who was added and is gone again is the business of permission_change.
owner_changes as (

    select
        *,
        coalesce(changed_at, seen_at) as happened_at,
        row_number() over (
            partition by tenant_id, app_id, item
            order by coalesce(changed_at, seen_at) desc, occurrence desc, change_kind
        ) as newness
    from {{ ref('int_app_change') }}
    where change_kind in ('owner_added', 'owner_removed')

),

newly_owned as (

    select
        apps.tenant_id,
        apps.app_id,
        'owner_added' as rule_id,
        100 as strength,
        {{ listed(
            "coalesce(changes.label, changes.item) || ' on ' || cast(" ~ utc_date('changes.happened_at') ~ " as varchar)"
            " || coalesce(' by ' || changes.changed_by, '')"
        ) }} as evidence,
        'directory audits and owners' as provenance
    from owner_changes as changes
    inner join apps
        on changes.tenant_id = apps.tenant_id and changes.app_id = apps.app_id
    where
        changes.newness = 1
        and changes.change_kind = 'owner_added'
        and changes.happened_at >= apps.recent_owner_from
        and {{ dbt.datediff('apps.known_since', 'changes.happened_at', 'day') }} >= {{ var('settled_app_days') }}
    group by apps.tenant_id, apps.app_id

),

factors as (

    select * from ownerless
    union all
    select * from owned_by_guests
    union all
    select * from newly_owned

)

select * from factors
