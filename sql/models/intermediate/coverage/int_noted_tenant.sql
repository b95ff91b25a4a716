-- Tenants of which Entra's notes on people's accounts are known: read lately, and at least one account has one. Where none has,
-- notes are not kept or were not sent, and nobody's lack of one says anything.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

last_outcomes as (

    select * from {{ ref('int_collection_last_outcome') }}
    where collection = 'user_sign_in_activity'

),

notes as (

    select distinct tenant_id
    from {{ ref('stg_entra__user_sign_in_activity') }}
    where
        deleted_at is null
        and coalesce(last_interactive_at, last_non_interactive_at, last_successful_at) is not null

),

noted as (

    select notes.tenant_id
    from notes
    inner join tenants
        on notes.tenant_id = tenants.tenant_id
    inner join last_outcomes
        on notes.tenant_id = last_outcomes.tenant_id
    where
        last_outcomes.last_complete_started_at
        >= {{ dbt.dateadd('hour', -1 * var('report_tolerance_hours'), 'tenants.as_of') }}

)

select * from noted
