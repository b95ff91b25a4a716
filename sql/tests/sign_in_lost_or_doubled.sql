-- The daily facts hold every attempt of an app exactly once, and every attempt has one result: of each day as many as the log held
-- when the day was built, also where its sign-ins are pruned since.
with expected as (

    select * from {{ ref('int_sign_in_day_built') }}
    where app_sign_ins > 0

),

actual as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        sum(sign_ins) as sign_ins,
        sum(successes + failures + interrupts) as results
    from {{ ref('fct_app_user_day') }}
    group by tenant_id, sign_in_kind, sign_in_date

),

apps as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        sum(sign_ins) as sign_ins
    from {{ ref('int_app_sign_in_day') }}
    group by tenant_id, sign_in_kind, sign_in_date

)

select
    expected.*,
    actual.sign_ins as fact_sign_ins,
    actual.results
from expected
full outer join actual
    on
        expected.tenant_id = actual.tenant_id
        and expected.sign_in_kind = actual.sign_in_kind
        and expected.sign_in_date = actual.sign_in_date
full outer join apps
    on
        coalesce(expected.tenant_id, actual.tenant_id) = apps.tenant_id
        and coalesce(expected.sign_in_kind, actual.sign_in_kind) = apps.sign_in_kind
        and coalesce(expected.sign_in_date, actual.sign_in_date) = apps.sign_in_date
where
    expected.app_sign_ins is distinct from actual.sign_ins
    or expected.app_sign_ins is distinct from actual.results
    or expected.app_sign_ins is distinct from apps.sign_ins
