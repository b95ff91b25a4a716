-- Facts that stood twice at one time: the history would tell of changes that never were.
select
    tenant_id,
    app_id,
    aspect,
    item
from (
    select
        tenant_id,
        app_id,
        aspect,
        item,
        valid_from,
        lag(coalesce(valid_to, timestamp with time zone '9999-12-31 00:00:00+00')) over (
            partition by tenant_id, app_id, aspect, item
            order by valid_from
        ) as stood_until
    from {{ ref('app_history') }}
) as stretches
where stood_until > valid_from
