{{ config(materialized='incremental', incremental_strategy='replace_days', full_refresh=false, on_schema_change='append_new_columns') }}

-- Each row depends on the sign-ins of its own day alone; it stays when they are pruned.
-- depends_on: {{ ref('int_changed_day') }}
with sign_ins as (

    select * from {{ ref('int_changed_sign_in') }}

),

days as (

    select
        tenant_id,
        app_id,
        principal_id,
        principal_type,
        sign_in_date,
        sign_in_kind,
        count(*) as sign_ins,
        {{ count_if("result = 'success'") }} as successes,
        {{ count_if("result = 'failure'") }} as failures,
        {{ count_if("result = 'interrupt'") }} as interrupts,
        min(signed_in_at) as first_at,
        max(signed_in_at) as last_at,
        min(case when result = 'success' then signed_in_at end) as first_success_at,
        max(case when result = 'success' then signed_in_at end) as last_success_at
    from sign_ins
    group by tenant_id, app_id, principal_id, principal_type, sign_in_date, sign_in_kind

)

select * from days
