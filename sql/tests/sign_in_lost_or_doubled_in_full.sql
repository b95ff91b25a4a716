{{ config(tags=['full_scan']) }}

-- The facts of the days that are not pruned hold every attempt of an app exactly once. Reads every sign-in: for tests, not for
-- each build.
with pruned as (

    select * from {{ ref('stg_entra__pruned_days') }}

),

expected as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        count(*) as sign_ins,
        {{ count_if("result = 'success'") }} as successes,
        {{ count_if("result = 'failure'") }} as failures
    from {{ ref('int_sign_in') }}
    group by tenant_id, sign_in_kind, sign_in_date

),

actual as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        sum(sign_ins) as sign_ins,
        sum(successes) as successes,
        sum(failures) as failures
    from {{ ref('fct_app_user_day') }}
    group by tenant_id, sign_in_kind, sign_in_date

)

select
    expected.*,
    actual.sign_ins as fact_sign_ins
from expected
full outer join actual
    on
        expected.tenant_id = actual.tenant_id
        and expected.sign_in_kind = actual.sign_in_kind
        and expected.sign_in_date = actual.sign_in_date
left join pruned
    on
        coalesce(expected.tenant_id, actual.tenant_id) = pruned.tenant_id
        and coalesce(expected.sign_in_kind, actual.sign_in_kind) = pruned.sign_in_kind
        and coalesce(expected.sign_in_date, actual.sign_in_date) = pruned.sign_in_date
where
    pruned.tenant_id is null
    and (
        expected.sign_ins is distinct from actual.sign_ins
        or expected.successes is distinct from actual.successes
        or expected.failures is distinct from actual.failures
    )
