-- Rules about the secrets and certificates of an app.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

credentials as (

    select
        credentials.*,
        case
            when credentials.ends_at <= apps.as_of then 'expired_credential'
            when {{ dbt.datediff('credentials.starts_at', 'credentials.ends_at', 'day') }} > {{ var('long_credential_days') }}
                then 'long_lived_credential'
        end as rule_id
    from {{ ref('int_app_credential') }} as credentials
    inner join apps
        on credentials.tenant_id = apps.tenant_id and credentials.app_id = apps.app_id

),

factors as (

    select
        tenant_id,
        app_id,
        rule_id,
        {{ listed("credential_kind || ' ' || key_id || ' until ' || cast(" ~ utc_date('ends_at') ~ " as varchar)") }}
            as evidence,
        'keyCredentials and passwordCredentials' as provenance
    from credentials
    where rule_id is not null
    group by tenant_id, app_id, rule_id

)

select * from factors
