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

-- Audits tell who added a credential, and of one that the lists do not show yet, or never as they do not hold federated ones.
events as (

    select
        *,
        row_number() over (
            partition by tenant_id, app_id, key_id
            order by changed_at desc, change desc, audit_id desc
        ) as newest_rank
    from {{ ref('int_credential_event') }}

),

additions as (

    select
        held.tenant_id,
        held.app_id,
        held.key_id,
        held.name,
        held.starts_at as added_at,
        events.changed_by as added_by,
        held.known_since,
        held.recent_credential_from
    from held
    left join events
        on
            held.tenant_id = events.tenant_id
            and held.app_id = events.app_id
            and held.key_id = events.key_id
            and events.change = 'added'
    where held.is_in_force

    union all

    select
        events.tenant_id,
        events.app_id,
        events.key_id,
        events.credential_kind || ' ' || coalesce(events.display_name || ' (' || events.key_id || ')', events.key_id) as name,
        events.changed_at as added_at,
        events.changed_by as added_by,
        apps.known_since,
        apps.recent_credential_from
    from events
    inner join apps
        on events.tenant_id = apps.tenant_id and events.app_id = apps.app_id
    left join held
        on
            events.tenant_id = held.tenant_id
            and events.app_id = held.app_id
            and events.key_id = held.key_id
    where events.change = 'added' and events.newest_rank = 1 and held.key_id is null

),

fresh as (

    select * from additions
    where
        added_at >= recent_credential_from
        and {{ dbt.datediff('known_since', 'added_at', 'day') }} >= {{ var('settled_app_days') }}

),

-- What else an app has or had, and when that ends or was removed. Trust in an issuer does not end of itself: nobody rotates it.
earlier as (

    select
        tenant_id,
        app_id,
        key_id,
        starts_at as began_at,
        ends_at as ended_at
    from held

    union all

    select
        tenant_id,
        app_id,
        key_id,
        cast(null as timestamp with time zone) as began_at,
        case when credential_kind <> 'federated credential' then changed_at end as ended_at
    from events
    where change = 'removed'

    union all

    select
        tenant_id,
        app_id,
        key_id,
        added_at as began_at,
        cast(null as timestamp with time zone) as ended_at
    from additions

),

-- A credential that comes about when another goes replaces it.
compared as (

    select
        fresh.tenant_id,
        fresh.app_id,
        fresh.key_id,
        fresh.name,
        fresh.added_at,
        fresh.added_by,
        count(earlier.key_id) as others,
        {{ count_if("abs(" ~ dbt.datediff('fresh.added_at', 'earlier.ended_at', 'day') ~ ") <= " ~ var('rotation_days')) }}
            as replaced
    from fresh
    left join earlier
        on
            fresh.tenant_id = earlier.tenant_id
            and fresh.app_id = earlier.app_id
            and fresh.key_id <> earlier.key_id
            and coalesce(earlier.began_at < fresh.added_at, true)
    group by fresh.tenant_id, fresh.app_id, fresh.key_id, fresh.name, fresh.added_at, fresh.added_by

),

usages as (

    select * from {{ ref('app_usage') }}

),

-- What nothing uses needs no new credential. Alone, one may stand for another that was removed, as careful owners rotate.
added as (

    select
        compared.tenant_id,
        compared.app_id,
        'credential_added' as rule_id,
        max(case
            when usages.usage_state = 'unused' then 100
            when compared.others > 0 then {{ var('added_beside_percent') }}
            else {{ var('only_credential_percent') }}
        end) as strength,
        {{ listed("compared.name || ' on ' || cast(" ~ utc_date('compared.added_at') ~ " as varchar) || coalesce(' by ' || compared.added_by, '')") }}
        || case when max(usages.usage_state) = 'unused' then '; nothing uses the app' else '' end as evidence
    from compared
    left join usages
        on compared.tenant_id = usages.tenant_id and compared.app_id = usages.app_id
    where compared.replaced = 0
    group by compared.tenant_id, compared.app_id

),

powers as (

    select * from {{ ref('int_risk_power') }}

),

-- Also where the credential replaced another: what is given to the app next is what tells.
given_power as (

    select
        compared.tenant_id,
        compared.app_id,
        'credential_then_power' as rule_id,
        100 as strength,
        {{ listed("compared.name || ' on ' || cast(" ~ utc_date('compared.added_at') ~ " as varchar) || ', then ' || powers.permission || ' on ' || cast(" ~ utc_date('powers.got_at') ~ " as varchar) || coalesce(' by ' || powers.consented_by, '')") }}
            as evidence
    from compared
    inner join powers
        on
            compared.tenant_id = powers.tenant_id
            and compared.app_id = powers.app_id
            and powers.got_at >= compared.added_at
            and {{ dbt.datediff('compared.added_at', 'powers.got_at', 'day') }} <= {{ var('grant_after_credential_days') }}
    group by compared.tenant_id, compared.app_id

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
    select * from added
    union all
    select * from given_power

)

select
    tenant_id,
    app_id,
    rule_id,
    strength,
    evidence,
    case rule_id
        when 'credential_added' then 'keyCredentials, passwordCredentials, directory audits and app_usage'
        when 'credential_then_power' then 'keyCredentials, passwordCredentials, directory audits and fct_permission'
        else 'keyCredentials and passwordCredentials'
    end as provenance
from factors
