-- Which scores may be too low, because a permission is not rated or evidence was never collected?
select
    app.display_name,
    risk.score,
    risk.unrated_permissions,
    risk.missing_evidence
from app_risk as risk
inner join dim_app as app using (tenant_id, app_id)
where risk.is_scored and (risk.unrated_permissions > 0 or risk.missing_evidence is not null)
order by risk.unrated_permissions desc, app.display_name
