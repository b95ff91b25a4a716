{# How much somebody uses an app, by the active days of 30. Of days that are not known each may have been active: a level is given
   only where none of them could change it. #}
{% macro usage_level(active_days, known_days) -%}
    case
        when {{ _level_of(active_days) }} = {{ _level_of(active_days ~ ' + greatest(30 - ' ~ known_days ~ ', 0)') }}
            then {{ _level_of(active_days) }}
    end
{%- endmacro %}

{% macro _level_of(days) -%}
    case
            when {{ days }} > {{ var('power_user_days') }} then 'power'
            when {{ days }} >= {{ var('regular_user_days') }} then 'regular'
            when {{ days }} >= 1 then 'occasional'
            else 'none'
        end
{%- endmacro %}

{# A count over a window: null where nothing of the window is known and nothing was seen, else at least so many. #}
{% macro if_known(seen, known_days) -%}
    case when coalesce({{ seen }}, 0) > 0 or {{ known_days }} > 0 then coalesce({{ seen }}, 0) end
{%- endmacro %}
