{# An activity as it is compared: Entra writes a dash of its own in some, a blank or a full stop after others, and had another name
   for delegated grants. #}
{% macro activity_name(column) -%}
    replace(trim(replace(lower({{ column }}), '–', '-'), ' .'), 'oauth2permissiongrant', 'delegated permission grant')
{%- endmacro %}

{# Who did it: a person or an app. #}
{% macro actor_id(audits) -%}
    coalesce(nullif({{ audits }}.actor_user_id, ''), nullif({{ audits }}.actor_service_principal_id, ''))
{%- endmacro %}

{% macro actor_name(audits) -%}
    coalesce(
        nullif({{ audits }}.actor_user_principal_name, ''),
        nullif({{ audits }}.actor_app_name, ''),
        nullif({{ audits }}.actor_user_id, ''),
        nullif({{ audits }}.actor_service_principal_id, '')
    )
{%- endmacro %}
