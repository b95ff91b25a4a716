{# Facts of days: what they hold of a day follows from that day's sign-ins alone, so that a changed day is replaced whole. #}

{# The models that are built from the sign-ins of changed days, and keep what they hold when the sign-ins go. #}
{% macro day_facts() %}
    {{ return(['fct_app_user_day', 'int_app_sign_in_day', 'int_app_resource_day', 'int_app_place_day', 'int_scope_issued']) }}
{% endmacro %}

{# Whether one of them is not in the database: it is new, or was dropped, and is built from every day that is left. #}
{% macro lacks_day_facts() %}
    {% if not execute %}{{ return(false) }}{% endif %}
    {% for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('name', 'in', day_facts()) %}
        {% if not adapter.get_relation(node.database, node.schema, node.alias) %}{{ return(true) }}{% endif %}
    {% endfor %}
    {{ return(false) }}
{% endmacro %}

{# What the models and lists that make these facts of sign-ins are, in one word: another version makes every day a changed one. #}
{% macro sign_in_rules() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set makers = day_facts() + [
        'int_app_day', 'stg_entra__sign_ins', 'int_sign_in', 'int_changed_sign_in', 'sign_in_interrupt_code', 'usage_source'
    ] %}
    {% set parts = [sign_in_result('code', 'interrupt'), utc_date('at'), told_id('user'), is_elsewhere('sign_ins')] %}
    {% for node in graph.nodes.values() | selectattr('name', 'in', makers) | sort(attribute='name') %}
        {% do parts.append(node.checksum.checksum) %}
    {% endfor %}
    {{ return(local_md5(parts | join(' '))) }}
{% endmacro %}

{#
    The time within which a model's changed days lie, as a condition that the database can check before it reads a row's other
    columns; false where no day changed.
#}
{% macro within_changed_days(column, changed_days) %}
    {% if not execute or flags.WHICH in ('compile', 'docs', 'generate') or model.resource_type == 'unit_test' %}{{ return('true') }}{% endif %}
    {% set span = run_query('select cast(min(sign_in_date) as varchar), cast(max(sign_in_date) as varchar) from ' ~ changed_days).rows[0] %}
    {% if not span[0] %}{{ return('false') }}{% endif %}
    {{ return(
        column ~ ' >= ' ~ utc_midnight("date '" ~ span[0] ~ "'")
        ~ ' and ' ~ column ~ ' < ' ~ utc_midnight(dbt.dateadd('day', 1, "date '" ~ span[1] ~ "'"))
    ) }}
{% endmacro %}

{# What came of a changed day takes the place of all that was known of it. #}
{% macro get_incremental_replace_days_sql(arguments) %}
    {% set key = 'tenant_id, sign_in_kind, sign_in_date' %}
    {% set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) %}
    delete from {{ arguments['target_relation'] }}
    where ({{ key }}) in (select {{ key }} from {{ ref('int_changed_day') }});

    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }};
{% endmacro %}

{# A table of what was built, of nothing yet, where there is none: int_changed_day compares with it. #}
{% macro make_built_days() %}
    {% set built = source('built', 'int_sign_in_day_built') %}
    {% if execute and not adapter.get_relation(built.database, built.schema, built.identifier) %}
        {% do run_query('create schema if not exists ' ~ built.include(database=false, identifier=false)) %}
        {% call statement('make_built_days', auto_begin=false) %}
            create table {{ built }} (
                tenant_id varchar,
                sign_in_kind varchar,
                sign_in_date date,
                sign_ins bigint,
                app_sign_ins bigint,
                borrowed_sign_ins bigint,
                first_at timestamp with time zone,
                last_at timestamp with time zone,
                newest_load_id varchar,
                fingerprint varchar
            )
        {% endcall %}
        {# Else the model of this name would take it for not there, and fail to make it. #}
        {% do adapter.cache_added(built.incorporate(type='table')) %}
    {% endif %}
{% endmacro %}
