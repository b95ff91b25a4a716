{# Windows of time with overlapping and touching ones merged: gaps-and-islands. The relation has window_from and window_to. #}
{% macro merged_windows(relation, keys) -%}
    select
        {{ keys }},
        min(window_from) as collected_from,
        max(window_to) as collected_to
    from (
        select
            *,
            sum(case when window_from <= reached_before then 0 else 1 end) over (
                partition by {{ keys }}
                order by window_from, window_to
                rows unbounded preceding
            ) as island
        from (
            select
                *,
                max(window_to) over (
                    partition by {{ keys }}
                    order by window_from, window_to
                    rows between unbounded preceding and 1 preceding
                ) as reached_before
            from {{ relation }}
            where window_to > window_from
        ) as reached
    ) as numbered
    group by {{ keys }}, island
{%- endmacro %}
