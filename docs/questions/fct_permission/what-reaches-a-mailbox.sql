-- What can reach Finn's mailbox, and why may it?
-- Permissions over everybody's mail, and those that the person gave.
select
    app.display_name,
    held.permission_value,
    held.data_access,
    case
        when held.permission_type = 'application' then 'an application permission, for every mailbox'
        when held.consent_type = 'AllPrincipals' then 'a consent for everyone, once the person uses the app'
        else 'this person consented'
    end as why,
    held.consented_by,
    held.use_state
from fct_permission as held
inner join dim_permission as permission using (tenant_id, permission_key)
inner join dim_app as app
    on held.tenant_id = app.tenant_id and held.app_id = app.app_id
left join dim_user as person
    on held.tenant_id = person.tenant_id and held.principal_id = person.user_id
where
    permission.data_class in ('mail_content', 'mailbox_full', 'mail_headers', 'mail_send', 'mail_settings')
    and (held.consent_type = 'AllPrincipals' or held.permission_type = 'application' or person.user_principal_name = 'finn@woodgrove.example') -- put the person's name here
order by why, app.display_name, held.permission_value
