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

permissions as (

    select * from {{ ref('int_app_permission_summary') }}

),

evidence as (

    select * from {{ ref('int_risk_evidence_missing') }}

),

summed as (

    select
        tenant_id,
        app_id,
        {{ total('points') }} as points,
        count(*) as factors
    from factors
    group by tenant_id, app_id

),

scored as (

    select
        apps.tenant_id,
        apps.app_id,
        apps.ownership <> 'microsoft' as is_scored,
        case when apps.ownership <> 'microsoft' then coalesce(summed.points, 0) end as points,
        case when apps.ownership <> 'microsoft' then least(coalesce(summed.points, 0), 100) end as score,
        coalesce(summed.factors, 0) as factors,
        coalesce(permissions.unrated_permissions, 0) as unrated_permissions
    from apps
    left join summed
        on apps.tenant_id = summed.tenant_id and apps.app_id = summed.app_id
    left join permissions
        on apps.tenant_id = permissions.tenant_id and apps.app_id = permissions.app_id

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
        cast(scored.score as integer) as score,
        coalesce(reached.band, 'not_scored') as band,
        cast(scored.points as integer) as points,
        scored.factors,
        scored.unrated_permissions,
        evidence.missing_evidence
    from scored
    left join evidence
        on scored.tenant_id = evidence.tenant_id
    left join reached
        on scored.tenant_id = reached.tenant_id and scored.app_id = reached.app_id and reached.highness = 1

)

select * from banded
