with matched as (

    select tenant_id, app_id, rule_id, evidence, provenance from {{ ref('int_risk_permission') }}
    union all
    select tenant_id, app_id, rule_id, evidence, provenance from {{ ref('int_risk_publisher') }}
    union all
    select tenant_id, app_id, rule_id, evidence, provenance from {{ ref('int_risk_name') }}
    union all
    select tenant_id, app_id, rule_id, evidence, provenance from {{ ref('int_risk_reply_url') }}
    union all
    select tenant_id, app_id, rule_id, evidence, provenance from {{ ref('int_risk_credential') }}
    union all
    select tenant_id, app_id, rule_id, evidence, provenance from {{ ref('int_risk_usage') }}

),

rules as (

    select * from {{ ref('risk_rule') }}

),

-- A factor of a rule that the list does not name would have no points: the tests refuse it rather than the join.
joined as (

    select
        matched.tenant_id,
        matched.app_id,
        matched.rule_id,
        rules.title,
        rules.points,
        matched.evidence,
        matched.provenance,
        rules.why,
        rules.what_to_do
    from matched
    left join rules
        on matched.rule_id = rules.rule_id

)

select * from joined
