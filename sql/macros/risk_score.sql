{# The score of an app: the root of impact times likelihood, so that neither alone makes it high. Of whole numbers the root is
   never just between two, so that rounding is the same everywhere. #}
{% macro risk_score(impact, likelihood) -%}
    cast(round(sqrt(1.0 * ({{ impact }}) * ({{ likelihood }}))) as integer)
{%- endmacro %}
