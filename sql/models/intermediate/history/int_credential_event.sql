-- Secrets, certificates and federated credentials of apps that audits saw come and go.
with audits as (

    select * from {{ ref('stg_entra__directory_audits') }}

),

app_objects as (

    select * from {{ ref('int_app_object') }}

),

-- Each audit names all keys before and all keys after: "[KeyIdentifier=…,KeyType=Password,KeyUsage=Verify,DisplayName=…]". A federated
-- credential needs no key: whoever the issuer says is the subject may sign in as the app. They come as JSON.
lists as (

    select * from {{ ref('int_audit_property') }}
    where
        (
            property_name = 'KeyDescription'
            and activity_name in (
                'add service principal credentials',
                'remove service principal credentials',
                'create application - certificates and secrets management',
                'update application - certificates and secrets management',
                'update application',
                'update service principal'
            )
        )
        or (
            property_name = 'FederatedIdentityCredentials'
            and activity_name = 'update application'
            -- Of a list that is cut off nobody knows what came or went.
            and {{ is_json_list('old_value') }}
            and {{ is_json_list('new_value') }}
        )

),

sides as (

    select
        *,
        'before' as side,
        old_value as value
    from lists

    union all

    select
        *,
        'after' as side,
        new_value as value
    from lists

),

described as (

    select
        *,
        {{ matches('value', 'KeyIdentifier=[^\\]]*') }} as description
    from sides
    where property_name = 'KeyDescription'

),

federations as (

    select
        *,
        {{ lenient_json_elements('value') }} as federation
    from sides
    where property_name = 'FederatedIdentityCredentials'

),

parsed as (

    select
        tenant_id,
        audit_id,
        target_id,
        target_name,
        side,
        nullif(trim(regexp_extract(description, 'KeyIdentifier=([^,]*)', 1)), '') as key_id,
        regexp_extract(description, 'KeyType=([^,]*)', 1) as key_type,
        regexp_extract(description, 'KeyUsage=([^,]*)', 1) as key_usage,
        nullif(trim(regexp_extract(description, 'DisplayName=(.*)', 1)), '') as display_name
    from described

    union all

    select
        tenant_id,
        audit_id,
        target_id,
        target_name,
        side,
        nullif({{ json_text('federation', 'Issuer') }}, '') || ' for '
        || coalesce(
            nullif({{ json_text('federation', 'Subject') }}, ''),
            nullif({{ json_text('federation', 'ClaimsMatchingExpressionValue') }}, ''),
            'anyone'
        ) as key_id,
        'Federated' as key_type,
        'Verify' as key_usage,
        nullif({{ json_text('federation', 'Name') }}, '') as display_name
    from federations

),

compared as (

    select
        tenant_id,
        audit_id,
        target_id,
        key_id,
        max(target_name) as target_name,
        case max(key_type) when 'Password' then 'secret' when 'Federated' then 'federated credential' else 'certificate' end
            as credential_kind,
        max(display_name) as display_name,
        max(case when key_usage = 'Sign' then 1 else 0 end) as is_signing,
        max(case when side = 'before' then 1 else 0 end) as was_there,
        max(case when side = 'after' then 1 else 0 end) as is_there
    from parsed
    where key_id is not null
    group by tenant_id, audit_id, target_id, key_id

),

changed as (

    select
        *,
        max(is_signing) over (partition by tenant_id, audit_id, target_id, credential_kind = 'federated credential')
            as comes_with_signing
    from compared
    where was_there <> is_there

),

-- A key that Entra signs SAML tokens with comes with a password that opens it: nobody signs in with either.
events as (

    select
        changed.tenant_id,
        coalesce(app_objects.app_id, changed.target_id) as app_id,
        coalesce(app_objects.object_name, changed.target_name) as app_name,
        changed.key_id,
        changed.credential_kind,
        changed.display_name,
        case when changed.is_there = 1 then 'added' else 'removed' end as change,
        audits.activity_at as changed_at,
        {{ actor_name('audits') }} as changed_by,
        {{ actor_id('audits') }} as changed_by_id,
        changed.audit_id
    from changed
    inner join audits
        on changed.tenant_id = audits.tenant_id and changed.audit_id = audits.audit_id
    left join app_objects
        on changed.tenant_id = app_objects.tenant_id and changed.target_id = app_objects.object_id
    where changed.comes_with_signing = 0 and changed.target_id is not null

),

-- A key comes and goes once, and several audits may tell of it. Whom an app trusts may come again.
ranked as (

    select
        *,
        row_number() over (
            partition by
                tenant_id, app_id, key_id, change, case when credential_kind = 'federated credential' then audit_id end
            order by changed_at, audit_id
        ) as event_rank
    from events

),

firsts as (

    select
        tenant_id,
        app_id,
        app_name,
        key_id,
        credential_kind,
        display_name,
        change,
        changed_at,
        changed_by,
        changed_by_id,
        audit_id
    from ranked
    where event_rank = 1

)

select * from firsts
