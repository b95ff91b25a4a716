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

factors as (

    select * from ownerless
    union all
    select * from owned_by_guests

)

select * from factors
