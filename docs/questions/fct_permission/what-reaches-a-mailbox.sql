-- What can reach Finn's mailbox, and why may it?
-- Permissions over everybody's mail, and those that the person gave.
select
    app.display_name,
    held.permission_value,
    case
        when held.permission_type = 'application' then 'an application permission, for every mailbox'
        when held.consent_type = 'AllPrincipals' then 'a consent for everyone'
        else 'this person consented'
    end as why,
    held.consented_by,
    used.usage_state
from fct_permission as held
inner join dim_app as app using (tenant_id, app_id)
inner join app_usage as used using (tenant_id, app_id)
left join dim_user as person
    on held.tenant_id = person.tenant_id and held.principal_id = person.user_id
where
    held.data_area = 'mail'
    and (held.principal_id is null or person.user_principal_name = 'finn@woodgrove.example') -- put the person's name here
order by why, app.display_name, held.permission_value
