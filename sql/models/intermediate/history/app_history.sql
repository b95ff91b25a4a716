{{
    config(
        schema='history',
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['tenant_id', 'app_id', 'aspect', 'item', 'valid_from'],
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}
-- What was true of each app, and from which look at its tenant to which. A build adds the newest look: it writes only what that look
-- changes, works from what stood before it, and so may be repeated. Nothing makes these rows again: they are never built anew.
with standing as (

    select * from {{ ref('int_app_standing') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

{% if is_incremental() %}

stored as (

    select * from {{ this }}

),

newest as (

    select
        tenant_id,
        max(coalesce(valid_to, valid_from)) as looked_at
    from stored
    group by tenant_id

),

-- A look that is older than the newest one, from a warehouse that was set back, changes nothing.
looks as (

    select
        tenants.tenant_id,
        tenants.as_of
    from tenants
    left join newest
        on tenants.tenant_id = newest.tenant_id
    where newest.looked_at is null or tenants.as_of >= newest.looked_at

),

stood_before as (

    select
        stored.*,
        looks.as_of
    from stored
    inner join looks
        on stored.tenant_id = looks.tenant_id
    where stored.valid_from < looks.as_of and (stored.valid_to is null or stored.valid_to = looks.as_of)

),

-- What an earlier build of this very look added.
added_already as (

    select
        stored.*,
        looks.as_of
    from stored
    inner join looks
        on stored.tenant_id = looks.tenant_id and stored.valid_from = looks.as_of

),

{% else %}

looks as (

    select
        tenant_id,
        as_of
    from tenants

),

{% endif %}

seen as (

    select
        standing.*,
        looks.as_of
    from standing
    inner join looks
        on standing.tenant_id = looks.tenant_id

),

{% if is_incremental() %}

judged as (

    select
        stood_before.*,
        case when seen.item is null then stood_before.as_of end as ends_at
    from stood_before
    left join seen
        on
            stood_before.tenant_id = seen.tenant_id
            and stood_before.app_id = seen.app_id
            and stood_before.aspect = seen.aspect
            and stood_before.item = seen.item
            and stood_before.value is not distinct from seen.value

),

beginning as (

    select seen.*
    from seen
    left join stood_before
        on
            seen.tenant_id = stood_before.tenant_id
            and seen.app_id = stood_before.app_id
            and seen.aspect = stood_before.aspect
            and seen.item = stood_before.item
            and seen.value is not distinct from stood_before.value
    where stood_before.item is null

),

changed as (

    select
        tenant_id,
        app_id,
        aspect,
        item,
        label,
        value,
        permission_key,
        permission_value,
        principal_id,
        dated_at,
        valid_from,
        ends_at as valid_to
    from judged
    where ends_at is distinct from valid_to

    union all

    select
        beginning.tenant_id,
        beginning.app_id,
        beginning.aspect,
        beginning.item,
        beginning.label,
        beginning.value,
        beginning.permission_key,
        beginning.permission_value,
        beginning.principal_id,
        beginning.dated_at,
        beginning.as_of as valid_from,
        cast(null as timestamp with time zone) as valid_to
    from beginning
    left join added_already
        on
            beginning.tenant_id = added_already.tenant_id
            and beginning.app_id = added_already.app_id
            and beginning.aspect = added_already.aspect
            and beginning.item = added_already.item
            and beginning.value is not distinct from added_already.value
            and added_already.valid_to is null
    where added_already.item is null

    union all

    -- Taken back: it stood for no time at all.
    select
        added_already.tenant_id,
        added_already.app_id,
        added_already.aspect,
        added_already.item,
        added_already.label,
        added_already.value,
        added_already.permission_key,
        added_already.permission_value,
        added_already.principal_id,
        added_already.dated_at,
        added_already.valid_from,
        added_already.valid_from as valid_to
    from added_already
    left join beginning
        on
            added_already.tenant_id = beginning.tenant_id
            and added_already.app_id = beginning.app_id
            and added_already.aspect = beginning.aspect
            and added_already.item = beginning.item
    where beginning.item is null and added_already.valid_to is null

)

{% else %}

changed as (

    select
        tenant_id,
        app_id,
        aspect,
        item,
        label,
        value,
        permission_key,
        permission_value,
        principal_id,
        dated_at,
        as_of as valid_from,
        cast(null as timestamp with time zone) as valid_to
    from seen

)

{% endif %}

select * from changed
