-- Which apps have no secret or certificate that is still valid?
-- They cannot sign in by themselves any more: either nobody needs them, or somebody is about to call.
select
    app.display_name,
    app.credentials,
    app.last_credential_ends_at,
    app.owner_names,
    used.last_used_at
from dim_app as app
inner join app_usage as used using (tenant_id, app_id)
where app.last_credential_ends_at <= used.window_to
order by app.last_credential_ends_at, app.display_name
