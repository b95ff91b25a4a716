{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['tenant_id', 'app_id', 'resource_app_id', 'user_id', 'scope'],
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}

-- Scopes of an API in tokens that an app got in a person's name. By days these would be more rows than there are sign-ins: what
-- the changed days tell widens the time that is known. What was issued once stays so.
with sign_ins as (

    select * from {{ ref('int_changed_sign_in') }}
    where
        result = 'success'
        and principal_type = 'user'
        and resource_app_id is not null
        and scopes is not null

),

sets as (

    select
        tenant_id,
        app_id,
        resource_app_id,
        principal_id as user_id,
        scopes,
        min(signed_in_at) as first_issued_at,
        max(signed_in_at) as last_issued_at
    from sign_ins
    group by tenant_id, app_id, resource_app_id, principal_id, scopes

),

singles as (

    select
        tenant_id,
        app_id,
        resource_app_id,
        user_id,
        {{ elements('scopes') }} as scope,
        first_issued_at,
        last_issued_at
    from sets

),

issued as (

    select
        tenant_id,
        app_id,
        resource_app_id,
        user_id,
        scope,
        min(first_issued_at) as first_issued_at,
        max(last_issued_at) as last_issued_at
    from singles
    group by tenant_id, app_id, resource_app_id, user_id, scope

),

widened as (

    select
        issued.tenant_id,
        issued.app_id,
        issued.resource_app_id,
        issued.user_id,
        issued.scope,
        {% if is_incremental() -%}
        least(issued.first_issued_at, known.first_issued_at) as first_issued_at,
        greatest(issued.last_issued_at, known.last_issued_at) as last_issued_at
    from issued
    left join {{ this }} as known
        on
            issued.tenant_id = known.tenant_id
            and issued.app_id = known.app_id
            and issued.resource_app_id = known.resource_app_id
            and issued.user_id = known.user_id
            and issued.scope = known.scope
    -- What widens nothing is not written again.
    where
        known.scope is null
        or issued.first_issued_at < known.first_issued_at
        or issued.last_issued_at > known.last_issued_at
        {%- else -%}
        issued.first_issued_at,
        issued.last_issued_at
    from issued
        {%- endif %}

)

select * from widened
