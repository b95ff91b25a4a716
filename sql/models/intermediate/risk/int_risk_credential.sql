-- Likelihood by the secrets and certificates of an app.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select
        credentials.*,
        apps.is_foreign,
        apps.as_of,
        apps.known_since,
        apps.recent_credential_from,
        credentials.credential_kind || ' '
        || coalesce(credentials.display_name || ' (' || credentials.key_id || ')', credentials.key_id) as name,
        coalesce(credentials.ends_at > apps.as_of, true) as is_in_force,
        {{ dbt.datediff('credentials.starts_at', 'credentials.ends_at', 'day') }} as life_days,
        {{ dbt.datediff('credentials.starts_at', 'apps.as_of', 'day') }} as age_days
    from {{ ref('int_app_credential') }} as credentials
    inner join apps
        on credentials.tenant_id = apps.tenant_id and credentials.app_id = apps.app_id

),

secrets as (

    select
        tenant_id,
        app_id,
        'secret_in_force' as rule_id,
        100 as strength,
        {{ listed('name') }} as evidence
    from held
    where is_in_force and credential_kind = 'secret'
    group by tenant_id, app_id

),

old_ones as (

    select
        tenant_id,
        app_id,
        'old_credential' as rule_id,
        100 as strength,
        {{ listed("name || ' since ' || cast(" ~ utc_date('starts_at') ~ " as varchar)") }} as evidence
    from held
    where is_in_force and age_days > {{ var('old_credential_days') }}
    group by tenant_id, app_id

),

long_ones as (

    select
        tenant_id,
        app_id,
        'long_lived_credential' as rule_id,
        100 as strength,
        {{ listed("name || ' until ' || cast(" ~ utc_date('ends_at') ~ " as varchar)") }} as evidence
    from held
    where is_in_force and life_days > {{ var('long_credential_days') }}
    group by tenant_id, app_id

),

ended as (

    select
        tenant_id,
        app_id,
        'expired_credential' as rule_id,
        100 as strength,
        {{ listed("name || ' until ' || cast(" ~ utc_date('ends_at') ~ " as varchar)") }} as evidence
    from held
    where not is_in_force
    group by tenant_id, app_id

),

many as (

    select
        tenant_id,
        app_id,
        'many_credentials' as rule_id,
        100 as strength,
        cast(count(*) as varchar) || ' secrets and certificates in force' as evidence
    from held
    where is_in_force
    group by tenant_id, app_id
    having count(*) > {{ var('few_credentials') }}

),

foreign_ones as (

    select
        tenant_id,
        app_id,
        'credential_on_foreign_app' as rule_id,
        100 as strength,
        {{ listed("name || ' since ' || cast(" ~ utc_date('starts_at') ~ " as varchar)") }} as evidence
    from held
    where is_in_force and is_foreign and starts_at is not null
    group by tenant_id, app_id

),

-- A credential of an app that had been there for a while. What ends about when it begins is what it replaces.
added as (

    select
        fresh.tenant_id,
        fresh.app_id,
        fresh.key_id,
        fresh.credential_kind,
        fresh.name,
        fresh.starts_at,
        {{ count_if("others.key_id is not null") }} as others,
        {{ count_if("abs(" ~ dbt.datediff('fresh.starts_at', 'others.ends_at', 'day') ~ ") <= " ~ var('rotation_days')) }} as replaced
    from held as fresh
    left join held as others
        on
            fresh.tenant_id = others.tenant_id
            and fresh.app_id = others.app_id
            and (fresh.key_id <> others.key_id or fresh.credential_kind <> others.credential_kind)
            and others.starts_at < fresh.starts_at
    where
        fresh.is_in_force
        and fresh.starts_at >= fresh.recent_credential_from
        and {{ dbt.datediff('fresh.known_since', 'fresh.starts_at', 'day') }} >= {{ var('settled_app_days') }}
    group by
        fresh.tenant_id, fresh.app_id, fresh.key_id, fresh.credential_kind, fresh.name, fresh.starts_at

),

additions as (

    select
        added.tenant_id,
        added.app_id,
        'credential_added' as rule_id,
        -- Alone it may stand for one that was removed, which is how careful owners rotate.
        max(case when added.others > 0 then 100 else {{ var('only_credential_percent') }} end) as strength,
        {{ listed("added.name || ' since ' || cast(" ~ utc_date('added.starts_at') ~ " as varchar)") }} as evidence
    from added
    where added.replaced = 0
    group by added.tenant_id, added.app_id

),

factors as (

    select * from secrets
    union all
    select * from old_ones
    union all
    select * from long_ones
    union all
    select * from ended
    union all
    select * from many
    union all
    select * from foreign_ones
    union all
    select * from additions

)

select
    tenant_id,
    app_id,
    rule_id,
    strength,
    evidence,
    'keyCredentials and passwordCredentials' as provenance
from factors
