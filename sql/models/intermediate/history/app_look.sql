{{
    config(
        schema='history',
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['tenant_id', 'aspect', 'looked_at'],
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}
-- The looks that the history is made of: when, and how far the lists behind each aspect had been read then. A look at which nothing
-- changed leaves no trace in the history itself, and the next one has to know when it was.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

aspects as (

    select * from {{ ref('app_aspect') }}

),

lists as (

    select * from {{ ref('int_collection_last_outcome') }}
    where last_complete_at is not null

),

history as (

    select * from {{ ref('app_history') }}

),

newest as (

    select
        tenants.tenant_id,
        aspects.aspect,
        tenants.as_of as looked_at,
        min(lists.last_complete_started_at) as read_from,
        count(lists.collection) as lists_known
    from tenants
    cross join aspects
    left join lists
        on tenants.tenant_id = lists.tenant_id and aspects.collection = lists.collection
    where tenants.as_of is not null
    group by tenants.tenant_id, aspects.aspect, tenants.as_of

),

{% if is_incremental() %}

noted as (

    select * from {{ this }}

),

{% endif %}

moments as (

    select tenant_id, aspect, valid_from as looked_at from history
    union
    select tenant_id, aspect, valid_to as looked_at from history
    where valid_to is not null

),

-- A build that was killed right after the history has left a look that is not noted: how far its lists were read is lost.
changing as (

    select
        moments.tenant_id,
        moments.aspect,
        moments.looked_at,
        newest.read_from,
        newest.lists_known
    from moments
    left join newest
        on
            moments.tenant_id = newest.tenant_id
            and moments.aspect = newest.aspect
            and moments.looked_at = newest.looked_at
    {% if is_incremental() %}
    left join noted
        on
            moments.tenant_id = noted.tenant_id
            and moments.aspect = noted.aspect
            and moments.looked_at = noted.looked_at
    where noted.looked_at is null
    {% endif %}

),

-- A look for which no list was read anew shows what the one before showed.
reading as (

    select newest.*
    from newest
    {% if is_incremental() %}
    left join noted
        on
            newest.tenant_id = noted.tenant_id
            and newest.aspect = noted.aspect
            and newest.lists_known = noted.lists_known
            and newest.read_from is not distinct from noted.read_from
    where noted.looked_at is null
    {% endif %}

),

looks as (

    select * from changing
    union
    select * from reading

)

select * from looks
