with apps as (

    select * from {{ ref('dim_app') }}
    where not is_deleted

),

factors as (

    select * from {{ ref('app_risk_factor') }}

),

bands as (

    select * from {{ ref('risk_band') }}

),

evidence as (

    select * from {{ ref('int_risk_evidence_missing') }}

),

-- What the score is blind to, and what it takes from a name only.
permissions as (

    select
        tenant_id,
        app_id,
        count(distinct case when tier = 'unrated' then permission_key end) as unrated_permissions,
        count(distinct case when is_pattern_rated then permission_key end) as pattern_rated_permissions
    from {{ ref('fct_permission') }}
    group by tenant_id, app_id

),

summed as (

    select
        tenant_id,
        app_id,
        least({{ total('impact_points') }}, 100) as impact,
        least({{ total('likelihood_points') }}, 100) as likelihood,
        count(*) as factors
    from factors
    group by tenant_id, app_id

),

joined as (

    select
        apps.tenant_id,
        apps.app_id,
        apps.ownership <> 'microsoft' as is_scored,
        case when apps.ownership <> 'microsoft' then coalesce(summed.impact, 0) end as impact,
        case when apps.ownership <> 'microsoft' then coalesce(summed.likelihood, 0) end as likelihood,
        coalesce(summed.factors, 0) as factors,
        coalesce(permissions.unrated_permissions, 0) as unrated_permissions,
        coalesce(permissions.pattern_rated_permissions, 0) as pattern_rated_permissions
    from apps
    left join summed
        on apps.tenant_id = summed.tenant_id and apps.app_id = summed.app_id
    left join permissions
        on apps.tenant_id = permissions.tenant_id and apps.app_id = permissions.app_id

),

scored as (

    select
        *,
        {{ risk_score('impact', 'likelihood') }} as score
    from joined

),

-- The highest band whose lowest score is reached.
reached as (

    select
        scored.tenant_id,
        scored.app_id,
        bands.band,
        row_number() over (
            partition by scored.tenant_id, scored.app_id
            order by bands.lowest_score desc
        ) as highness
    from scored
    inner join bands
        on scored.score >= bands.lowest_score

),

banded as (

    select
        scored.tenant_id,
        scored.app_id,
        scored.is_scored,
        cast(scored.impact as integer) as impact,
        cast(scored.likelihood as integer) as likelihood,
        scored.score,
        coalesce(reached.band, 'not_scored') as band,
        scored.factors,
        scored.unrated_permissions,
        scored.pattern_rated_permissions,
        evidence.missing_evidence
    from scored
    left join evidence
        on scored.tenant_id = evidence.tenant_id
    left join reached
        on scored.tenant_id = reached.tenant_id and scored.app_id = reached.app_id and reached.highness = 1

)

select * from banded
