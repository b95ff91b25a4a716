-- The daily facts hold every attempt of an app exactly once, and every attempt has one result.
with expected as (

    select count(*) as sign_ins
    from {{ ref('int_sign_in') }}

),

actual as (

    select
        coalesce(sum(sign_ins), 0) as sign_ins,
        coalesce(sum(successes + failures + interrupts), 0) as results
    from {{ ref('fct_app_user_day') }}

)

select *
from expected
cross join actual
where expected.sign_ins <> actual.sign_ins or expected.sign_ins <> actual.results
