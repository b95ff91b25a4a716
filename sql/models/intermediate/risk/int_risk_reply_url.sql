-- Likelihood by where an app may have tokens sent to.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

urls as (

    select
        urls.*,
        {{ url_host('lower(urls.url)') }} as host
    from {{ ref('int_app_reply_url') }} as urls
    inner join apps
        on urls.tenant_id = apps.tenant_id and urls.app_id = apps.app_id

),

addresses as (

    select
        *,
        is_loopback or {{ fits('host', '^(127\\.[0-9]+\\.[0-9]+\\.[0-9]+|\\[::1\\]|localhost|.*\\.localhost)$') }} as is_local,
        {{ fits('host', '^([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:.]+\\])$') }} as is_bare_ip
    from urls

),

hosts as (

    select * from {{ ref('reply_host') }}

),

-- Suffixes of a host, so that looking one up is a join on equality.
suffixes as (

    select
        tenant_id,
        app_id,
        url,
        {{ host_suffixes('host') }} as host_suffix
    from addresses
    where host <> '' and not is_bare_ip

),

shared as (

    select
        suffixes.tenant_id,
        suffixes.app_id,
        suffixes.url,
        case hosts.host_kind when 'hosting' then 'shared_host_reply_url' else 'tunnel_reply_url' end as rule_id
    from suffixes
    inner join hosts
        on suffixes.host_suffix = hosts.host_suffix

),

found as (

    select tenant_id, app_id, url, 'open_reply_url' as rule_id
    from addresses
    where has_wildcard or (scheme = 'http' and not is_local)

    union all

    -- Desktop and command-line tools listen on the local machine by design.
    select tenant_id, app_id, url, 'loopback_reply_url' as rule_id
    from addresses
    where is_local and not is_public_client

    union all

    select tenant_id, app_id, url, 'ip_reply_url' as rule_id
    from addresses
    where is_bare_ip and not is_local

    union all

    select tenant_id, app_id, url, rule_id
    from shared

),

factors as (

    select
        tenant_id,
        app_id,
        rule_id,
        100 as strength,
        'Reply addresses: ' || {{ listed('url') }} as evidence,
        'replyUrls and redirectUris' as provenance
    from found
    group by tenant_id, app_id, rule_id

)

select * from factors
