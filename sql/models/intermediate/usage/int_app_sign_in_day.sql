{{ config(materialized='incremental', incremental_strategy='replace_days', full_refresh=false, on_schema_change='append_new_columns') }}

-- What the sign-ins of a day tell about an app itself: of many apps of Microsoft there is nothing else.
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
        max(app_display_name) as display_name,
        max(app_owner_tenant_id) as owner_tenant_id,
        count(*) as sign_ins,
        min(signed_in_at) as first_at
    from sign_ins
    group by tenant_id, app_id, sign_in_kind, sign_in_date

)

select * from days
