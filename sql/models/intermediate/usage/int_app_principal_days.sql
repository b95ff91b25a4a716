-- The newest 90 days on which somebody, or an app itself, succeeded: by single sign-ins and by counts, each day once. As sets of
-- days, since by rows they would be as many as the daily facts.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

summaries as (

    select
        summaries.tenant_id,
        summaries.app_id,
        summaries.principal_type,
        summaries.principal_id,
        {{ day_set("summaries.result = 'success'", dbt.datediff('summaries.sign_in_date', utc_date('tenants.as_of'), 'day')) }} as active_days
    from {{ ref('int_sign_in_summary') }} as summaries
    inner join tenants
        on summaries.tenant_id = tenants.tenant_id
    group by summaries.tenant_id, summaries.app_id, summaries.principal_type, summaries.principal_id

),

known as (

    select
        tenant_id,
        app_id,
        principal_type,
        principal_id,
        active_days
    from {{ ref('int_app_principal') }}

    union all

    select * from summaries

),

united as (

    select
        tenant_id,
        app_id,
        principal_type,
        principal_id,
        {{ day_union('active_days') }} as active_days
    from known
    where active_days is not null
    group by tenant_id, app_id, principal_type, principal_id

)

select * from united
