-- What the sign-ins, their counts and the reports of last activities alone tell about an app: for many apps of Microsoft there
-- is nothing else. An app is called what it was called last.
with traces as (

    select
        tenant_id,
        app_id,
        min(first_at) as first_sign_in_at,
        max({{ dated_text('display_name', 'sign_in_date') }}) as named,
        max(owner_tenant_id) as owner_tenant_id,
        {{ total("case when sign_in_kind = 'managed_identity' then sign_ins end") }} as managed_identity_sign_ins
    from {{ ref('int_app_sign_in_day') }}
    group by tenant_id, app_id

    union all

    select
        tenant_id,
        app_id,
        min(first_at) as first_sign_in_at,
        max({{ dated_text('app_display_name', 'sign_in_date') }}) as named,
        cast(null as varchar) as owner_tenant_id,
        {{ count_if("sign_in_kind = 'managed_identity'") }} as managed_identity_sign_ins
    from {{ ref('int_sign_in_summary') }}
    group by tenant_id, app_id

    union all

    select
        tenant_id,
        app_id,
        last_attempt_at as first_sign_in_at,
        null as named,
        cast(null as varchar) as owner_tenant_id,
        0 as managed_identity_sign_ins
    from {{ ref('int_app_reported_activity') }}

),

summed as (

    select
        tenant_id,
        app_id,
        min(first_sign_in_at) as first_sign_in_at,
        max(named).text as display_name,
        max(owner_tenant_id) as owner_tenant_id,
        sum(managed_identity_sign_ins) > 0 as is_managed_identity
    from traces
    group by tenant_id, app_id

)

select * from summed
