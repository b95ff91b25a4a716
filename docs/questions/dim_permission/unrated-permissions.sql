-- Which permissions that apps hold does no list rate?
-- Scores leave them out. Most are scopes of a vendor's or your own APIs: ask whoever wrote the API what they open.
select
    permission.resource_name,
    permission.permission_type,
    permission.permission_value,
    count(distinct held.app_id) as apps
from dim_permission as permission
inner join fct_permission as held using (tenant_id, permission_key)
where permission.tier = 'unrated'
group by permission.resource_name, permission.permission_type, permission.permission_value
order by apps desc, permission.permission_value
