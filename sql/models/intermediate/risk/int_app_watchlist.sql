-- The list of abused apps: the user's own, which the build loads where the settings name a file, else the one that comes with
-- the project. An empty file is an empty list.
{% set own_list = own_watchlist() %}
with listed_apps as (

    {% if own_list -%}
    select app_id, label, reference_url, source from {{ own_list }}
    {%- else -%}
    select app_id, label, reference_url, source from {{ ref('app_watchlist') }}
    {%- endif %}

),

merged as (

    select
        lower(trim(app_id)) as app_id,
        min(label) as label,
        min(reference_url) as reference_url,
        min(source) as source
    from listed_apps
    group by lower(trim(app_id))

)

select * from merged
