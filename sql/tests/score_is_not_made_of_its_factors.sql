-- Impact and likelihood are the sums of the factors' points, at most 100, the score is the root of their product, and each factor
-- saves what it says. Apps that are not scored have no factors.
with summed as (

    select
        tenant_id,
        app_id,
        least(sum(impact_points), 100) as impact,
        least(sum(likelihood_points), 100) as likelihood,
        count(*) as factors
    from {{ ref('app_risk_factor') }}
    group by tenant_id, app_id

),

wrong_scores as (

    select
        risks.tenant_id,
        risks.app_id,
        cast(null as varchar) as rule_id
    from {{ ref('app_risk') }} as risks
    left join summed
        on risks.tenant_id = summed.tenant_id and risks.app_id = summed.app_id
    where
        risks.factors <> coalesce(summed.factors, 0)
        or (
            risks.is_scored
            and (
                risks.impact is distinct from coalesce(summed.impact, 0)
                or risks.likelihood is distinct from coalesce(summed.likelihood, 0)
                -- Without the rounding of a root: the score is the whole number nearest to it.
                or power(2 * risks.score - 1, 2) > 4 * risks.impact * risks.likelihood and risks.score > 0
                or power(2 * risks.score + 1, 2) < 4 * risks.impact * risks.likelihood
                or risks.score is null
            )
        )
        or (
            not risks.is_scored
            and (risks.score is not null or risks.impact is not null or risks.likelihood is not null or summed.factors > 0)
        )

),

wrong_factors as (

    select
        factors.tenant_id,
        factors.app_id,
        factors.rule_id
    from {{ ref('app_risk_factor') }} as factors
    left join {{ ref('app_risk') }} as risks
        on factors.tenant_id = risks.tenant_id and factors.app_id = risks.app_id
    where
        risks.app_id is null
        or factors.points is distinct from risks.score - factors.score_without
        or factors.points < 0

)

select * from wrong_scores
union all
select * from wrong_factors
