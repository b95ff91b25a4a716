-- Of the days built in this run, the facts hold what the log holds: its attempts by result, and its successes at APIs.
with changed_days as (

    select * from {{ ref('int_changed_day') }}

),

sign_ins as (

    select *, {{ utc_date('signed_in_at') }} as sign_in_date
    from {{ ref('stg_entra__sign_ins') }}
    where
        {{ within_changed_days('signed_in_at', ref('int_changed_day')) }}
        and (app_id is not null or service_principal_id is not null)

),

logged as (

    select
        changed_days.tenant_id,
        changed_days.sign_in_kind,
        changed_days.sign_in_date,
        count(*) as sign_ins,
        {{ count_if('sign_ins.error_code = 0') }} as successes,
        {{ count_if("sign_ins.result = 'failure'") }} as failures,
        {{ count_if('sign_ins.error_code = 0 and sign_ins.resource_app_id is not null') }} as resource_successes
    from changed_days
    inner join sign_ins
        on
            changed_days.tenant_id = sign_ins.tenant_id
            and changed_days.sign_in_kind = sign_ins.sign_in_kind
            and changed_days.sign_in_date = sign_ins.sign_in_date
    group by changed_days.tenant_id, changed_days.sign_in_kind, changed_days.sign_in_date

),

facts as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        sum(sign_ins) as sign_ins,
        sum(successes) as successes,
        sum(failures) as failures
    from {{ ref('fct_app_user_day') }}
    group by tenant_id, sign_in_kind, sign_in_date

),

resources as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        sum(successes) as successes
    from {{ ref('int_app_resource_day') }}
    group by tenant_id, sign_in_kind, sign_in_date

)

select
    changed_days.*,
    logged.sign_ins,
    facts.sign_ins as fact_sign_ins
from changed_days
left join logged
    on
        changed_days.tenant_id = logged.tenant_id
        and changed_days.sign_in_kind = logged.sign_in_kind
        and changed_days.sign_in_date = logged.sign_in_date
left join facts
    on
        changed_days.tenant_id = facts.tenant_id
        and changed_days.sign_in_kind = facts.sign_in_kind
        and changed_days.sign_in_date = facts.sign_in_date
left join resources
    on
        changed_days.tenant_id = resources.tenant_id
        and changed_days.sign_in_kind = resources.sign_in_kind
        and changed_days.sign_in_date = resources.sign_in_date
where
    logged.sign_ins is distinct from facts.sign_ins
    or logged.successes is distinct from facts.successes
    or logged.failures is distinct from facts.failures
    or coalesce(logged.resource_successes, 0) <> coalesce(resources.successes, 0)
