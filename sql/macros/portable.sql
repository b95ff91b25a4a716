{# The few things each database says in its own way. Models call these and stay portable. #}

{# The elements of a JSON array as JSON values; null gives none. #}
{% macro json_elements(column) -%}
    unnest(cast({{ column }} as json[]))
{%- endmacro %}

{# One member of a JSON object as text. #}
{% macro json_text(column, key) -%}
    ({{ column }} ->> '{{ key }}')
{%- endmacro %}

{# One member of a JSON object as JSON. #}
{% macro json_member(column, key) -%}
    ({{ column }} -> '{{ key }}')
{%- endmacro %}

{# A JSON array of strings as a list of strings. #}
{% macro json_strings(column) -%}
    cast({{ column }} as varchar[])
{%- endmacro %}

{# A JSON value that may itself be quoted text, as modifiedProperties in audits are, without the quotes; so is the only one of a list. #}
{% macro unquoted(text) -%}
    trim(regexp_replace({{ text }}, '^\["([^"\[\]{}]*)"\]$', '\1'), '" ')
{%- endmacro %}

{# Words of a text, one row each. #}
{% macro words(column) -%}
    unnest(string_split(trim(regexp_replace({{ column }}, '\s+', ' ', 'g')), ' '))
{%- endmacro %}

{# The first GUID that stands alone in a list with semicolons; empty where there is none. #}
{% macro first_guid(text) -%}
    regexp_extract({{ text }}, '(?:^|;)([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:;|$)', 1)
{%- endmacro %}

{# All matches of a pattern, one row each. #}
{% macro matches(column, pattern) -%}
    unnest(regexp_extract_all({{ column }}, '{{ pattern }}'))
{%- endmacro %}

{# The elements of a list, one row each. #}
{% macro elements(column) -%}
    unnest({{ column }})
{%- endmacro %}

{# Whether some part of a text fits a pattern. #}
{% macro fits(column, pattern) -%}
    regexp_matches({{ column }}, '{{ pattern }}')
{%- endmacro %}

{# Whether a text holds a word, whatever the case; commas and brackets end words, too. #}
{% macro has_word(text, word) -%}
    strpos(
        ' ' || regexp_replace(lower(coalesce({{ text }}, '')), '[,\[\]]', ' ', 'g') || ' ',
        ' ' || lower({{ word }}) || ' '
    ) > 0
{%- endmacro %}

{# What stands behind the last slash of a text, or all of it. #}
{% macro last_segment(text) -%}
    regexp_replace({{ text }}, '^.*/', '')
{%- endmacro %}

{# The distinct values of a group in alphabetical order as a list, without nulls; null if there are none. #}
{% macro sorted_list(expression) -%}
    list_sort(list(distinct {{ expression }}) filter (where {{ expression }} is not null))
{%- endmacro %}

{# The distinct values of a group in alphabetical order, at most `limit` of them, as text. #}
{% macro listed(expression, limit=5) -%}
    array_to_string(list_slice({{ sorted_list(expression) }}, 1, {{ limit }}), ', ')
    || case
        when count(distinct {{ expression }}) > {{ limit }}
            then ' and ' || cast(count(distinct {{ expression }}) - {{ limit }} as varchar) || ' more'
        else ''
    end
{%- endmacro %}

{# The values of a group in an order of their own, as text. #}
{% macro joined_in_order(expression, order) -%}
    string_agg({{ expression }}, '; ' order by {{ order }})
{%- endmacro %}

{# The elements of a JSON array as JSON values, whatever the text is: what is no array has none. #}
{% macro lenient_json_elements(column) -%}
    unnest(try_cast({{ column }} as json[]))
{%- endmacro %}

{# The elements of a JSON array, or of one that a text holds, as JSON values; what is no array, or an empty one without a blank, has the others. #}
{% macro json_elements_else(column, others) -%}
    unnest(coalesce(
        try_cast(nullif({{ column }}, '[]') as json[]),
        try_cast(try_cast(nullif({{ column }} ->> '$', '[]') as json) as json[]),
        cast('{{ others }}' as json[])
    ))
{%- endmacro %}

{# Whether a text is a whole JSON array; none is an empty one. #}
{% macro is_json_list(text) -%}
    try_cast(coalesce(nullif({{ text }}, ''), '[]') as json[]) is not null
{%- endmacro %}

{# The quoted words of a text, as a list; one that is cut off has no second quotation mark and is left out. #}
{% macro quoted_words(text) -%}
    regexp_extract_all(replace({{ text }}, '\', ''), '"([^"\s,\[\]]+)"', 1)
{%- endmacro %}

{# The words of a text, as a list, with brackets and commas for gaps. #}
{% macro bare_words(text) -%}
    regexp_extract_all({{ text }}, '[^\s,\[\]]+')
{%- endmacro %}

{# A number that the values of a group give in whatever order they come, and hardly any other values give. #}
{% macro group_hash(expressions) -%}
    cast(sum(hash({{ expressions | join(', ') }})) as varchar)
{%- endmacro %}

{# The newest 90 days on which the condition holds as a set: a number with a bit for each. Null if there are none. What is later than
   "now" counts as today. #}
{% macro day_set(condition, days_ago) -%}
    bit_or(case when {{ condition }} and {{ days_ago }} < 90 then cast(1 as hugeint) << cast(greatest({{ days_ago }}, 0) as bigint) end)
{%- endmacro %}

{# The days of all sets of a group. #}
{% macro day_union(days) -%}
    bit_or({{ days }})
{%- endmacro %}

{# How many days of a set lie between so many and so many days before today, both included. #}
{% macro days_in_set(days, first, last) -%}
    cast(bit_count(({{ days }} >> {{ first }}) & ((cast(1 as hugeint) << {{ last - first + 1 }}) - 1)) as bigint)
{%- endmacro %}

{# A text with its day, or null without a text: the largest of a group is that of the last day, and of several the last in the alphabet. #}
{% macro dated_text(text, day) -%}
    case when {{ text }} is not null then {'day': {{ day }}, 'text': {{ text }}} end
{%- endmacro %}

{# Counts and sums are BIGINT: DuckDB would widen sums to HUGEINT, which few readers know. #}
{% macro total(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as bigint)
{%- endmacro %}

{# Rows of a group for which the condition holds. #}
{% macro count_if(condition) -%}
    {{ total('case when ' ~ condition ~ ' then 1 else 0 end') }}
{%- endmacro %}

{# Calendar date of an instant, in UTC whatever the session's zone is. #}
{% macro utc_date(column) -%}
    cast({{ column }} at time zone 'UTC' as date)
{%- endmacro %}

{# An instant in words, in UTC, to the minute. #}
{% macro utc_minute(column) -%}
    substr(cast({{ column }} at time zone 'UTC' as varchar), 1, 16) || ' UTC'
{%- endmacro %}

{# The instant a day begins, in UTC. #}
{% macro utc_midnight(date) -%}
    (cast({{ date }} as timestamp) at time zone 'UTC')
{%- endmacro %}

{# Seconds two intervals have in common. #}
{% macro overlap_seconds(from_a, to_a, from_b, to_b) -%}
    greatest({{ dbt.datediff('greatest(' ~ from_a ~ ', ' ~ from_b ~ ')', 'least(' ~ to_a ~ ', ' ~ to_b ~ ')', 'second') }}, 0)
{%- endmacro %}

{# One row per day from the first to the last, both included. #}
{% macro calendar_days(first, last) -%}
    select cast(unnest(generate_series(date '{{ first }}', date '{{ last }}', interval 1 day)) as date) as date_day
{%- endmacro %}

{# A name reduced to how it looks: look-alike letters and digits made one, marks and everything else dropped. #}
{% macro name_skeleton(column) -%}
    regexp_replace(
        replace(translate(lower(strip_accents({{ column }})), 'аеорсухіјѕԁι013i', 'aeopcyxljsdlolel'), 'rn', 'm'),
        '[^a-z0-9]', '', 'g'
    )
{%- endmacro %}

{# The host of an address, in square brackets where it is an IPv6 one; empty where there is none. #}
{% macro url_host(url) -%}
    regexp_extract({{ url }}, '^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^:/?#]*)', 1)
{%- endmacro %}

{# A host and each domain above it, one row each. #}
{% macro host_suffixes(host) -%}
    unnest([
        array_to_string(string_split({{ host }}, '.')[place:], '.') for place in range(1, len(string_split({{ host }}, '.')) + 1)
    ])
{%- endmacro %}

{# A name in lower case with nothing but letters and digits, as people compare names. #}
{% macro plain_name(column) -%}
    regexp_replace(lower({{ column }}), '[^\p{L}\p{N}]', '', 'g')
{%- endmacro %}

{# How many letters have to be changed, added or left out to make one text of the other. #}
{% macro edits(one, other) -%}
    levenshtein({{ one }}, {{ other }})
{%- endmacro %}
