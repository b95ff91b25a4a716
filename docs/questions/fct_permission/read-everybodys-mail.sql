-- Which apps can read everybody's mail?
-- With an application permission without anybody's help; with a tenant-wide consent whenever somebody uses the app.
select
    app.display_name,
    held.permission_value,
    held.permission_type,
    held.data_exposure,
    held.use_state,
    held.consented_by,
    coalesce(held.consented_at, held.granted_at) as since
from fct_permission as held
inner join dim_permission as permission using (tenant_id, permission_key)
inner join dim_app as app
    on held.tenant_id = app.tenant_id and held.app_id = app.app_id
where
    permission.data_class in ('mail_content', 'mailbox_full')
    and (held.consent_type = 'AllPrincipals' or (held.permission_type = 'application' and held.data_reach = 'all'))
order by app.display_name, held.permission_value
