-- Which apps can read everybody's mail?
-- With an application permission without anybody's help; with a tenant-wide consent whenever somebody uses the app.
select
    app.display_name,
    held.permission_value,
    held.permission_type,
    held.consented_by,
    coalesce(held.consented_at, held.granted_at) as since
from fct_permission as held
inner join dim_app as app using (tenant_id, app_id)
where
    held.data_area = 'mail'
    and held.permission_value not like '%Send%'
    and (held.permission_type = 'application' or held.consent_type = 'AllPrincipals')
order by app.display_name, held.permission_value
