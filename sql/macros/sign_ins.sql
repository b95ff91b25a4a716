{# What became of an attempt. One without an error code proves neither use nor failure. #}
{% macro sign_in_result(error_code, interrupt_code) -%}
    case
            when {{ error_code }} = 0 then 'success'
            when {{ error_code }} is null or {{ interrupt_code }} is not null then 'interrupt'
            else 'failure'
        end
{%- endmacro %}

{# An id that an event tells. Entra writes zeros where it knows of nobody, or may not name somebody of another tenant. #}
{% macro told_id(id) -%}
    nullif(nullif({{ id }}, ''), '00000000-0000-0000-0000-000000000000')
{%- endmacro %}

{# Whether somebody of this tenant signed in to another one, as a guest there. #}
{% macro is_elsewhere(sign_ins) -%}
    coalesce(
        {{ sign_ins }}.home_tenant_id = {{ sign_ins }}.tenant_id
        and {{ told_id(sign_ins ~ '.resource_tenant_id') }} <> {{ sign_ins }}.tenant_id
        and coalesce({{ sign_ins }}.cross_tenant_access_type, '') <> 'none',
        false
    )
{%- endmacro %}
