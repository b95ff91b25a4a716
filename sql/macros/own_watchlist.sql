{# The user's own list of abused apps, which the build loads where the settings name a file; none where they do not. #}
{% macro own_watchlist() -%}
    {{ return(adapter.get_relation(database=target.database, schema='raw', identifier='app_watchlist')) }}
{%- endmacro %}
