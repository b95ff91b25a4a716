{{ config(materialized='incremental', incremental_strategy='replace_days', full_refresh=false, on_schema_change='append_new_columns') }}

-- What the log held of each day when its facts were built; of a day whose sign-ins were pruned, what it held then. Written when
-- all facts are:
{%- for name in day_facts() + ['int_app_day'] %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
with days as (

    select * from {{ ref('int_sign_in_day') }}

),

changed_days as (

    select * from {{ ref('int_changed_day') }}

),

built as (

    select days.*
    from days
    inner join changed_days
        on
            days.tenant_id = changed_days.tenant_id
            and days.sign_in_kind = changed_days.sign_in_kind
            and days.sign_in_date = changed_days.sign_in_date

)

select * from built
