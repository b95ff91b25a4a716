{# What became of an attempt. One without an error code proves neither use nor failure. #}
{% macro sign_in_result(error_code, interrupt_code) -%}
    case
            when {{ error_code }} = 0 then 'success'
            when {{ error_code }} is null or {{ interrupt_code }} is not null then 'interrupt'
            else 'failure'
        end
{%- endmacro %}

{# Whose an event is. Entra writes zeros where it knows of nobody, or may not name somebody of another tenant. #}
{% macro somebody(user_id) -%}
    nullif(nullif({{ user_id }}, ''), '00000000-0000-0000-0000-000000000000')
{%- endmacro %}
