-- About which apps does nobody know whether they are used, and why?
select
    used.unknown_reason,
    used.unknown_explanation,
    count(*) as apps,
    string_agg(app.display_name, ', ' order by app.display_name) as names
from app_usage as used
inner join dim_app as app using (tenant_id, app_id)
where used.usage_state = 'unknown'
group by used.unknown_reason, used.unknown_explanation
order by apps desc, used.unknown_reason
