{# What the data tests share that look at the days of a build with those that look at everything. #}

{# Apps and APIs with a success in the window, as the sources besides single sign-ins tell it. Reads the CTE tenants. #}
{% macro proven_besides_sign_ins() -%}
select tenant_id, app_id
    from {{ ref('int_sign_in_summary') }}
    where result = 'success' and is_in_lookback

    union

    select tenant_id, resource_app_id as app_id
    from {{ ref('int_sign_in_summary') }}
    where result = 'success' and is_in_lookback

    union

    select activities.tenant_id, activities.app_id
    from {{ ref('stg_entra__service_principal_sign_in_activities') }} as activities
    inner join tenants
        on activities.tenant_id = tenants.tenant_id
    where
        greatest(
            activities.any_success_at,
            activities.delegated_client_success_at,
            activities.app_only_client_success_at,
            activities.delegated_resource_success_at,
            activities.app_only_resource_success_at
        ) > tenants.lookback_from

    union

    select activities.tenant_id, activities.app_id
    from {{ ref('stg_entra__app_credential_sign_in_activities') }} as activities
    inner join tenants
        on activities.tenant_id = tenants.tenant_id
    where activities.last_successful_at > tenants.lookback_from
{%- endmacro %}

{# Apps that are called used without one of the CTE proven, or are not with one. #}
{% macro used_unlike_proven() -%}
select
    usages.tenant_id,
    usages.app_id
from {{ ref('app_usage') }} as usages
left join proven
    on usages.tenant_id = proven.tenant_id and usages.app_id = proven.app_id
where (usages.usage_state = 'used') <> (proven.app_id is not null)
{%- endmacro %}

{# Of the relation days, those that single sign-ins cover in full; of the days that changed, or of all. #}
{% macro _that_sign_ins_cover(is_of_changed_days) -%}
    inner join {{ ref('int_kind_day') }} as kind_days
        on
            days.tenant_id = kind_days.tenant_id
            and days.sign_in_kind = kind_days.sign_in_kind
            and days.sign_in_date = kind_days.sign_in_date
    {%- if is_of_changed_days %}
    inner join {{ ref('int_changed_day') }} as changed_days
        on
            days.tenant_id = changed_days.tenant_id
            and days.sign_in_kind = changed_days.sign_in_kind
            and days.sign_in_date = changed_days.sign_in_date
    {%- endif %}
    where kind_days.is_full and kind_days.usage_rung = 'sign_ins'
{%- endmacro %}

{# Days that single sign-ins cover in full, and that are not answered by them alone with exactly their successes. #}
{% macro days_unlike_their_sign_ins(is_of_changed_days) -%}
with expected as (

    select
        days.tenant_id,
        days.app_id,
        days.sign_in_date,
        days.sign_in_kind,
        sum(days.successes) as successes
    from {{ ref('fct_app_user_day') }} as days
    {{ _that_sign_ins_cover(is_of_changed_days) }}
    group by days.tenant_id, days.app_id, days.sign_in_date, days.sign_in_kind

),

actual as (

    select days.*
    from {{ ref('fct_app_day') }} as days
    {{ _that_sign_ins_cover(is_of_changed_days) }}

)

select
    expected.app_id as expected_app_id,
    actual.*
from expected
full outer join actual
    on
        expected.tenant_id = actual.tenant_id
        and expected.app_id = actual.app_id
        and expected.sign_in_date = actual.sign_in_date
        and expected.sign_in_kind = actual.sign_in_kind
where
    expected.app_id is null
    or actual.app_id is null
    or actual.usage_source <> 'sign_ins'
    or actual.successes <> expected.successes
{%- endmacro %}
