-- Who consented to the app that is the most dangerous of those whose consent is on record?
with riskiest as (

    select
        held.tenant_id,
        held.app_id
    from fct_permission as held
    inner join app_risk as risk using (tenant_id, app_id)
    where held.consented_by is not null
    order by risk.score desc nulls last, held.app_id
    limit 1

)

select
    app.display_name,
    held.consented_by,
    held.consented_at,
    held.is_admin_consent,
    string_agg(held.permission_value, ', ' order by held.permission_value) as permissions
from riskiest
inner join fct_permission as held using (tenant_id, app_id)
inner join dim_app as app using (tenant_id, app_id)
group by app.display_name, held.consented_by, held.consented_at, held.is_admin_consent
order by held.consented_at desc nulls last, held.consented_by
