{{ config(materialized='incremental', incremental_strategy='replace_days', full_refresh=false, on_schema_change='append_new_columns') }}

-- An app's successes at an API by day, and those of them that name the scopes issued.
-- depends_on: {{ ref('int_changed_day') }}
with sign_ins as (

    select * from {{ ref('int_changed_sign_in') }}

),

days as (

    select
        tenant_id,
        app_id,
        resource_app_id,
        sign_in_kind,
        sign_in_date,
        count(*) as successes,
        {{ count_if('scopes is not null') }} as successes_with_scopes,
        max(signed_in_at) as last_success_at
    from sign_ins
    where result = 'success' and resource_app_id is not null
    group by tenant_id, app_id, resource_app_id, sign_in_kind, sign_in_date

)

select * from days
