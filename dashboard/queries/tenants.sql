-- Tenants of the file
-- Each tenant that the published file knows, with its apps, most apps first.
select tenant_id, count(*) as apps
from app_overview
group by tenant_id
order by apps desc, tenant_id
