-- Tenants of the file
-- Each tenant that the published file tells of, with its apps, most apps first.
select
    covered.tenant_id,
    min(own.publisher_name) as tenant_name,
    count(distinct app.app_id) as apps
from (select distinct tenant_id from coverage union select tenant_id from app_overview) as covered
left join app_overview as app using (tenant_id)
left join (
    select tenant_id, mode(publisher_name) as publisher_name
    from dim_app
    where ownership = 'own'
    group by tenant_id
) as own using (tenant_id)
group by covered.tenant_id
order by apps desc, covered.tenant_id
