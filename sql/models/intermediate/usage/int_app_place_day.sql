{{ config(materialized='incremental', incremental_strategy='replace_days', full_refresh=false, on_schema_change='append_new_columns') }}

-- Countries that an app's successes came from, by day.
-- depends_on: {{ ref('int_changed_day') }}
with sign_ins as (

    select * from {{ ref('int_changed_sign_in') }}

),

days as (

    select
        tenant_id,
        app_id,
        sign_in_kind,
        sign_in_date,
        country,
        min(signed_in_at) as first_success_at,
        max(signed_in_at) as last_success_at
    from sign_ins
    where result = 'success' and country is not null
    group by tenant_id, app_id, sign_in_kind, sign_in_date, country

)

select * from days
