{# dbt makes each table and view beside the old one, renames both and drops the old one: some ten statements, each with its
   share of Python. DuckDB replaces a table in one statement, in a transaction, as safely. In a small tenant most of a build is
   statements like these. #}
{% materialization table, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- do drop_another_kind(relation) -%}
    {% call statement('main') -%}
        {{ replace_table(relation, sql) }}
    {%- endcall %}
    {%- do comment_on(relation) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='view') -%}
    {%- do drop_another_kind(relation) -%}
    {% call statement('main') -%}
        create or replace view {{ relation }} as (
            {{ sql }}
        )
    {%- endcall %}
    {%- do comment_on(relation) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# What an earlier version made a view may be a table now. #}
{% macro drop_another_kind(relation) %}
    {%- set existing = load_cached_relation(relation) -%}
    {%- if existing is not none and existing.type != relation.type -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
{% endmacro %}

{# A contract says what a table's columns are, and which are never null. #}
{% macro replace_table(relation, sql) %}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
        create or replace table {{ relation }} {{ get_table_columns_and_constraints() }};
        insert into {{ relation }} {{ get_column_names() }} ({{ get_select_subquery(sql) }})
    {%- else -%}
        create or replace table {{ relation }} as ({{ sql }})
    {%- endif -%}
{% endmacro %}

{# The descriptions of a relation and its columns, as one statement. #}
{% macro comment_on(relation) %}
    {%- if model.description or model.columns -%}
        {% call statement('comment_on') -%}
            comment on {{ relation.type }} {{ relation }} is {{ duckdb_escape_comment(model.description) }};
            {% for column in model.columns.values() -%}
                comment on column {{ relation }}.{{ column.name }} is {{ duckdb_escape_comment(column.description) }};
            {% endfor %}
        {%- endcall %}
    {%- endif -%}
{% endmacro %}
