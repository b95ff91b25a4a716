{{ config(tags=['full_scan']) }}

-- A day that single sign-ins cover in full is answered by them alone, with exactly their successes. Reads all facts of people: for
-- tests, not for each build.
with expected as (

    select
        days.tenant_id,
        days.app_id,
        days.sign_in_date,
        days.sign_in_kind,
        sum(days.successes) as successes
    from {{ ref('fct_app_user_day') }} as days
    inner join {{ ref('int_kind_day') }} as kind_days
        on
            days.tenant_id = kind_days.tenant_id
            and days.sign_in_kind = kind_days.sign_in_kind
            and days.sign_in_date = kind_days.sign_in_date
    where kind_days.is_full and kind_days.usage_rung = 'sign_ins'
    group by days.tenant_id, days.app_id, days.sign_in_date, days.sign_in_kind

),

actual as (

    select days.*
    from {{ ref('fct_app_day') }} as days
    inner join {{ ref('int_kind_day') }} as kind_days
        on
            days.tenant_id = kind_days.tenant_id
            and days.sign_in_kind = kind_days.sign_in_kind
            and days.sign_in_date = kind_days.sign_in_date
    where kind_days.is_full and kind_days.usage_rung = 'sign_ins'

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
