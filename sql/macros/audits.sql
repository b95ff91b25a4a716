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

{# Whom a grant was given to: a service principal by its object id or, where an audit tells none, its app by the app id. #}
{% macro named_client() -%}
    coalesce(
        {%- for property in ['ServicePrincipal.ObjectID', 'ServicePrincipal.AppId'] %}
        nullif(max(case when property_name = '{{ property }}' then coalesce(nullif(new_value, ''), old_value) end), '')
        {{- '' if loop.last else ',' }}
        {%- endfor %}
    )
{%- endmacro %}
