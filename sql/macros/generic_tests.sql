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
