-- Use against risk
-- How many apps have how many people (within the window) and which score, by steps of ten. An app about whose use nobody can tell stands apart.
select
    case
        when usage_state in ('unknown', 'unused') then usage_state
        when active_users = 0 then 'itself'
        when active_users = 1 then '1'
        when active_users < 10 then '2'
        when active_users < 100 then '10'
        when active_users < 1000 then '100'
        else '1000'
    end as use_class,
    least(risk_score // 10 * 10, 90) as score_from,
    count(*) as apps,
    min(display_name) as example
from app_overview
where
    tenant_id = $tenant_id
    and is_scored
    and ($ownership is null or ownership = $ownership)
    and ($usage is null or usage_state = $usage)
    and ($unknown_reason is null or unknown_reason = $unknown_reason)
    and ($band is null or list_contains(string_split($band, ','), risk_band))
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
group by use_class, least(risk_score // 10 * 10, 90)
order by score_from desc, use_class
