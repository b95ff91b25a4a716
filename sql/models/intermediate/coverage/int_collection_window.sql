-- Windows read whole, overlapping and touching ones merged, in two layers: what was read at all, and what was read so late
-- that nothing lands in it any more (`settled`). No window of sign-ins begins before the tenant's log does.
with windows as (

    select * from {{ ref('stg_entra__sync_windows') }}

),

sources as (

    select * from {{ ref('usage_source') }}
    where usage_rung = 'sign_ins'

),

logs as (

    select * from {{ ref('int_sign_in_log') }}

),

bounded as (

    select
        windows.tenant_id,
        windows.collection,
        case
            when sources.collection is not null and logs.log_from > windows.window_from then logs.log_from
            else windows.window_from
        end as window_from,
        windows.window_to,
        {{ dbt.dateadd('hour', -1 * var('reread_hours'), 'windows.read_at') }} as settled_until
    from windows
    left join sources
        on windows.collection = sources.collection
    left join logs
        on windows.tenant_id = logs.tenant_id

),

layered as (

    select tenant_id, collection, 'read' as layer, window_from, window_to
    from bounded
    union all
    select tenant_id, collection, 'settled' as layer, window_from, least(window_to, settled_until) as window_to
    from bounded

),

merged as (

    {{ merged_windows('layered', 'tenant_id, collection, layer') }}

)

select * from merged
