{# Rows that share the same values in the columns: rows of a table are told apart by its key. #}
{% test unique_together(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

{# Rows whose value is not in the other table in the same tenant. #}
{% test relationship_in_tenant(model, column_name, to, field) %}
    with child as (

        {# With a condition the model is a subquery, which has a name already. #}
        select * from {{ model }}

    )

    select child.tenant_id, child.{{ column_name }}
    from child
    left join {{ to }} as parent
        on child.tenant_id = parent.tenant_id and child.{{ column_name }} = parent.{{ field }}
    where child.{{ column_name }} is not null and parent.{{ field }} is null
{% endtest %}

{# Rows for which the condition does not hold. #}
{% test holds(model, condition) %}
    select *
    from {{ model }}
    where not coalesce({{ condition }}, false)
{% endtest %}

{#
    The data tests of the model alone, as one statement that fails and names them. A test is a node of dbt's graph, and a node
    costs more than what most of these ask. Of a build that is to test, runs those that are no nodes of it, in the transaction
    that writes the model: a table that fails stays as it was.
#}
{% macro hold_data_tests() %}
    {%- if not execute or flags.WHICH != 'build' or 'test' in invocation_args_dict.exclude_resource_types -%}{{ return('') }}{%- endif -%}
    {%- set counts = [] -%}
    {%- for test in graph.nodes.values() | selectattr('attached_node', 'equalto', model.unique_id) -%}
        {%- if test.unique_id not in selected_resources and test.depends_on.nodes | length == 1 and 'full_scan' not in test.tags -%}
            {%- set rows = '(select * from ' ~ this ~ ' where ' ~ test.config.where ~ ') as tested' if test.config.where else this -%}
            {%- set arguments = dict(test.test_metadata.kwargs, model=rows) -%}
            {%- do counts.append(
                "select '" ~ test.name ~ "' as data_test, count(*) as failures from (" ~ context['test_' ~ test.test_metadata.name](**arguments) ~ ")"
            ) -%}
            {%- do log('Data test: ' ~ test.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if counts -%}
        select error('Data tests failed: ' || string_agg(data_test || ' (' || failures || ')', ', ' order by data_test))
        from (
            {{ counts | join('\n            union all\n            ') }}
        )
        where failures > 0
        having count(*) > 0
    {%- endif -%}
{% endmacro %}
