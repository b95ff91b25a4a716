-- How fresh this is
-- When the file was published, and until when the tenant's use is looked at: nothing later can show here.
select
    max(published.published_at) as published_at,
    max(app.usage_window_from) as window_from,
    max(app.usage_window_to) as window_to,
    max(collection.last_complete_at) as last_complete_at
from main.published
left join coverage as collection on collection.tenant_id = $tenant_id
left join (
    select max(usage_window_from) as usage_window_from, max(usage_window_to) as usage_window_to
    from app_overview
    where tenant_id = $tenant_id
) as app on true
