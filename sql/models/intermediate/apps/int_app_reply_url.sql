-- Addresses that tokens may be sent to. A registration says which client may use each; a service principal does not.
with service_principals as (

    select
        tenant_id,
        app_id,
        {{ json_strings('reply_urls') }} as urls
    from {{ ref('int_service_principal') }}
    where app_rank = 1

),

applications as (

    select * from {{ ref('int_application') }}

),

lists as (

    select tenant_id, app_id, urls, false as is_public_client from service_principals
    union all
    select tenant_id, app_id, {{ json_strings('web_redirect_uris') }} as urls, false as is_public_client
    from applications
    union all
    select tenant_id, app_id, {{ json_strings('spa_redirect_uris') }} as urls, false as is_public_client
    from applications
    union all
    select tenant_id, app_id, {{ json_strings('public_client_redirect_uris') }} as urls, true as is_public_client
    from applications

),

unnested as (

    select
        tenant_id,
        app_id,
        is_public_client,
        {{ elements('urls') }} as url
    from lists

),

merged as (

    select
        tenant_id,
        app_id,
        url,
        max(case when is_public_client then 1 else 0 end) = 1 as is_public_client,
        regexp_extract(lower(url), '^([a-z][a-z0-9+.-]*):', 1) as scheme,
        {{ fits('lower(url)', '^https?://(localhost|127\\.0\\.0\\.1|\\[::1\\])([:/?#]|$)') }} as is_loopback,
        url like '%*%' as has_wildcard
    from unnested
    where url is not null
    group by tenant_id, app_id, url

)

select * from merged
