-- What can reach this person's data
-- Apps that can read or change something of this person's, by a consent of their own or by one for everybody, the most sensitive first.
select
    app.app_id,
    app.display_name,
    app.risk_score,
    app.risk_band,
    exposure.affects,
    exposure.through,
    exposure.can_read,
    exposure.can_write,
    exposure.read_areas,
    exposure.write_areas,
    exposure.permissions,
    exposure.unrated_permissions,
    exposure.data_exposure,
    exposure.tier,
    exposure.consented_by,
    exposure.consented_at,
    exposure.is_used,
    count(*) over () as matching_apps
from user_exposure as exposure
inner join app_overview as app using (tenant_id, app_id)
where exposure.tenant_id = $tenant_id and (exposure.user_id = $user_id or exposure.affects = 'everyone')
order by exposure.affects = 'everyone', exposure.data_exposure desc nulls last, app.display_name, exposure.through
limit $limit
