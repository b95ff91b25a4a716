{{ config(materialized='incremental', incremental_strategy='replace_days', on_schema_change='fail') }}

-- What the daily facts of people tell of an app by day. Made of them, and not of sign-ins, so that days whose sign-ins were pruned
-- can be made again; else only the days that changed are.
-- depends_on: {{ ref('int_changed_day') }}
with days as (

    select * from {{ ref('fct_app_user_day') }}
    {% if is_incremental() -%}
    where (tenant_id, sign_in_kind, sign_in_date) in (select tenant_id, sign_in_kind, sign_in_date from {{ ref('int_changed_day') }})
    {%- endif %}

),

summed as (

    select
        tenant_id,
        app_id,
        principal_type,
        sign_in_date,
        sign_in_kind,
        {{ total('sign_ins') }} as sign_ins,
        {{ total('successes') }} as successes,
        {{ total('failures') }} as failures,
        {{ total('interrupts') }} as interrupts,
        -- A day's rows of one kind name each person once.
        {{ count_if("successes > 0 and principal_type = 'user'") }} as active_users,
        min(first_success_at) as first_success_at,
        max(last_success_at) as last_success_at,
        max(last_at) as last_at
    from days
    group by tenant_id, app_id, principal_type, sign_in_date, sign_in_kind

)

select * from summed
