{# What tells one held permission from another, now and in audits: the API, the scope or role, for whom and for which person.
   A scope goes by its name: its id depends on whether the API still defines it. #}
{% macro permission_item(resource_app_id, permission_type, permission_value, permission_id, consent_type, principal_id) -%}
    {{ resource_app_id }} || '/' || {{ permission_type }} || '/'
        || case
            when {{ permission_type }} = 'delegated' then lower(coalesce({{ permission_value }}, {{ permission_id }}))
            else {{ permission_id }}
        end
        || case
            when {{ consent_type }} is null then ''
            when {{ consent_type }} = 'Principal' then '/Principal/' || coalesce({{ principal_id }}, '?')
            else '/' || {{ consent_type }}
        end
{%- endmacro %}

{# What a kind of change is about, whichever way it went. #}
{% macro change_subject(change_kind) -%}
    regexp_replace({{ change_kind }}, '_(added|removed|granted|revoked|enabled|disabled|changed)$', '')
{%- endmacro %}
