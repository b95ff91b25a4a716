-- A score is the sum of its factors' points, at most 100; apps that are not scored have no factors.
with summed as (

    select
        tenant_id,
        app_id,
        sum(points) as points
    from {{ ref('app_risk_factor') }}
    group by tenant_id, app_id

)

select
    risks.tenant_id,
    risks.app_id,
    risks.score,
    summed.points
from {{ ref('app_risk') }} as risks
left join summed
    on risks.tenant_id = summed.tenant_id and risks.app_id = summed.app_id
where
    (risks.is_scored and risks.score <> least(coalesce(summed.points, 0), 100))
    or (not risks.is_scored and (risks.score is not null or summed.points is not null))
