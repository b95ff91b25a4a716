-- Rules about power without use.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

summaries as (

    select * from {{ ref('int_app_permission_summary') }}

),

usages as (

    select * from {{ ref('app_usage') }}

),

powerful as (

    select
        apps.tenant_id,
        apps.app_id,
        'Permissions rated high or critical: '
        || cast(summaries.critical_permissions + summaries.high_permissions as varchar) as power
    from apps
    inner join summaries
        on apps.tenant_id = summaries.tenant_id and apps.app_id = summaries.app_id
    where summaries.critical_permissions + summaries.high_permissions > 0

),

factors as (

    select
        powerful.tenant_id,
        powerful.app_id,
        case usages.usage_state when 'unused' then 'powerful_unused' else 'powerful_usage_unknown' end as rule_id,
        powerful.power
        || case usages.usage_state
            when 'unused' then '. No success in {{ var("usage_lookback_days") }} days'
            else '. ' || usages.unknown_explanation
        end as evidence,
        'app_usage' as provenance
    from powerful
    inner join usages
        on powerful.tenant_id = usages.tenant_id and powerful.app_id = usages.app_id
    where usages.usage_state in ('unused', 'unknown')

)

select * from factors
