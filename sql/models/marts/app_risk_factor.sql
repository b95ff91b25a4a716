with matched as (

    {% for model in [
        'int_risk_permission', 'int_risk_breadth', 'int_risk_publisher', 'int_risk_name', 'int_risk_reply_url',
        'int_risk_credential', 'int_risk_owner', 'int_risk_usage', 'int_risk_place'
    ] -%}
    select tenant_id, app_id, rule_id, strength, evidence, provenance from {{ ref(model) }}
    {% if not loop.last -%} union all {% endif %}
    {% endfor %}
),

rules as (

    select * from {{ ref('risk_rule') }}

),

-- A factor of a rule that the list does not name would have no points: the tests refuse it rather than the join.
weighed as (

    select
        matched.tenant_id,
        matched.app_id,
        matched.rule_id,
        rules.title,
        rules.dimension,
        cast(round(rules.impact_points * matched.strength / 100.0) as integer) as impact_points,
        cast(round(rules.likelihood_points * matched.strength / 100.0) as integer) as likelihood_points,
        matched.evidence,
        matched.provenance,
        rules.why,
        rules.what_to_do
    from matched
    left join rules
        on matched.rule_id = rules.rule_id

),

summed as (

    select
        *,
        sum(impact_points) over (partition by tenant_id, app_id) as all_impact,
        sum(likelihood_points) over (partition by tenant_id, app_id) as all_likelihood
    from weighed

),

scored as (

    select
        *,
        {{ risk_score('least(all_impact, 100)', 'least(all_likelihood, 100)') }} as score,
        {{ risk_score('least(all_impact - impact_points, 100)', 'least(all_likelihood - likelihood_points, 100)') }}
            as score_without
    from summed
    -- A rating of next to nothing rounds to no point at all. What has no points because its rule is missing stays, and is refused.
    where coalesce(impact_points + likelihood_points, 1) > 0

)

select
    tenant_id,
    app_id,
    rule_id,
    title,
    dimension,
    impact_points,
    likelihood_points,
    score - score_without as points,
    score_without,
    evidence,
    provenance,
    why,
    what_to_do
from scored
