-- Rules about where an app may have tokens sent to.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

urls as (

    select
        urls.*,
        case
            when urls.has_wildcard or (urls.scheme = 'http' and not urls.is_loopback) then 'open_reply_url'
            -- Desktop and command-line tools listen on the local machine by design.
            when urls.is_loopback and not urls.is_public_client then 'loopback_reply_url'
        end as rule_id
    from {{ ref('int_app_reply_url') }} as urls
    inner join apps
        on urls.tenant_id = apps.tenant_id and urls.app_id = apps.app_id

),

factors as (

    select
        tenant_id,
        app_id,
        rule_id,
        'Reply addresses: ' || {{ listed('url') }} as evidence,
        'replyUrls and redirectUris' as provenance
    from urls
    where rule_id is not null
    group by tenant_id, app_id, rule_id

)

select * from factors
