-- Apps
-- One row an app that fits the filters, with how many fit in all. Microsoft's own apps have no score and are left out unless asked for.
with
apps as (
    select
        *,
        case
            when usage_state in ('unknown', 'unused') then usage_state
            when active_users = 0 then 'itself'
            when active_users = 1 then '1'
            when active_users < 10 then '2'
            when active_users < 100 then '10'
            when active_users < 1000 then '100'
            else '1000'
        end as use_class
    from app_overview
    where tenant_id = $tenant_id
)

select
    app_id,
    display_name,
    publisher_name,
    is_publisher_verified,
    ownership,
    is_enabled,
    usage_state,
    unknown_explanation,
    last_used_at,
    active_users,
    trend,
    trend_percent,
    permissions,
    critical_permissions,
    high_permissions,
    unrated_permissions,
    reclaimable_seats,
    is_scored,
    risk_score,
    risk_band,
    risk_titles,
    missing_risk_evidence,
    count(*) over () as matching_apps
from apps
where
    ($ownership is null or ownership = $ownership)
    and (is_scored or $ownership = 'microsoft')
    and ($usage is null or usage_state = $usage)
    and ($unknown_reason is null or unknown_reason = $unknown_reason)
    and ($use_class is null or use_class = $use_class)
    and ($band is null or list_contains(string_split($band, ','), risk_band))
    and ($score_from is null or risk_score >= $score_from)
    and ($score_to is null or risk_score < $score_to)
    and (
        $credentials is null
        or app_id in (
            select app.app_id
            from dim_app as app
            inner join (select max(usage_window_to) as as_of from app_overview where tenant_id = $tenant_id) as newest on true
            where
                app.tenant_id = $tenant_id
                and app.last_credential_ends_at between newest.as_of and newest.as_of + interval 30 day
        )
    )
    and (
        $search is null
        or contains(lower(display_name), lower($search))
        or contains(lower(coalesce(publisher_name, '')), lower($search))
        or starts_with(app_id, $search)
    )
order by
    case when $sort = 'users' then -active_users end,
    case when $sort = 'name' then lower(display_name) end,
    case when $sort = 'last_used' then last_used_at end desc nulls last,
    case when $sort = 'permissions' then -(1000000 * critical_permissions + 1000 * high_permissions + permissions) end,
    case when $sort = 'seats' then -reclaimable_seats end,
    risk_score desc nulls last,
    active_users desc,
    display_name,
    app_id
limit $limit offset $offset
