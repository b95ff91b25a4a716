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

{# Active days of a window: null where nothing is known, 0 where "unused" says so of a window that is no longer than the look-back one. #}
{% macro active_days_if_known(days) -%}
    {% if days <= var('usage_lookback_days') -%}
        case when usage_state = 'unused' then active_days_{{ days }} else {{ if_known('active_days_' ~ days, 'known_days_' ~ days) }} end
    {%- else -%}
        {{ if_known('active_days_' ~ days, 'known_days_' ~ days) }}
    {%- endif %}
{%- endmacro %}

{# The usage level that goes with the state: what is used was used on one day at least, and unknown has none. #}
{% macro usage_level_of_state() -%}
    case
            when usage_state = 'unknown' then null
            {% if var('usage_lookback_days') >= 30 -%}
            when usage_state = 'unused' then 'none'
            when usage_state = 'used' then {{ usage_level('greatest(active_days_30, 1)', 'known_days_30') }}
            {%- else -%}
            else {{ usage_level('active_days_30', 'known_days_30') }}
            {%- endif %}
        end
{%- endmacro %}

{# What hides sign-ins, in words: branches of a case, which the states of apps, of people and of permissions share. #}
{% macro uncovered_explanations() -%}
when 'no_licence' then 'No premium licence, so not collected: ' || uncovered_kinds || ' sign-ins'
            when 'no_permission' then 'No permission, so not collected: ' || uncovered_kinds || ' sign-ins'
            when 'collection_failed' then 'The last collection failed: ' || uncovered_kinds || ' sign-ins'
            when 'kind_not_collected' then 'Never collected: ' || uncovered_kinds || ' sign-ins'
            when 'window_not_covered'
                then
                    'Not collected for all of the last {{ var("usage_lookback_days") }} days: '
                    || uncovered_kinds
                    || ' sign-ins'
            when 'only_attempts_known'
                then 'Only a report of last activities was collected, and it does not say whether they succeeded'
{%- endmacro %}

{# The reason why nobody can tell, in words. #}
{% macro unknown_explanation() -%}
    case unknown_reason
            when 'app_kind_not_observable' then 'Entra publishes no sign-ins of this kind of app'
            when 'app_id_unknown' then 'Only its object id is known, and sign-ins name apps by another'
            when 'microsoft_app' then 'Entra publishes no app-only sign-ins of Microsoft''s own apps'
            when 'sign_in_outside_entra'
                then 'People open it by a link or a stored password, and Entra sees no sign-in'
            when 'application_proxy'
                then 'It is reached through an application proxy, which leaves no sign-ins where it lets people pass through'
            {{ uncovered_explanations() }}
            when 'nameless_success' then 'Somebody whom Entra does not name used the app, and it may have been this person'
            when 'used_as_api' then 'Other apps got to it in people''s names, and this may have been one of them'
            when 'app_too_new' then 'Added less than {{ var("new_app_grace_days") }} days ago'
            when 'app_age_unknown'
                then 'Nothing shows that it was added more than {{ var("new_app_grace_days") }} days ago'
            when 'user_too_new' then 'The account is less than {{ var("new_user_grace_days") }} days old'
            when 'user_age_unknown'
                then 'Nothing shows that the account is more than {{ var("new_user_grace_days") }} days old'
            when 'assignment_too_new' then 'Assigned, or in the assigned group, for less than {{ var("new_user_grace_days") }} days'
        end
{%- endmacro %}

{# A number with its noun, in the plural where it takes one. #}
{% macro counted_noun(number, noun) -%}
    cast({{ number }} as varchar) || case when {{ number }} = 1 then ' {{ noun }}' else ' {{ noun }}s' end
{%- endmacro %}

{# Apps with a success that names nobody: it may be anybody's. The relation has uses by person and app. #}
{% macro nameless_uses(uses) -%}
select
        tenant_id,
        app_id
    from {{ uses }}
    where user_id = 'unknown' and usage_source is not null
{%- endmacro %}
