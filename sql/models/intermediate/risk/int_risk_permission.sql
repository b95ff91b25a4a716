-- Rules about what an app may do.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select
        permissions.*,
        apps.ownership
    from {{ ref('fct_permission') }} as permissions
    inner join apps
        on permissions.tenant_id = apps.tenant_id and permissions.app_id = apps.app_id

),

ranked as (

    select
        *,
        max(case when tier = 'critical' then 1 else 0 end) over (
            partition by tenant_id, app_id, permission_type
        ) = 1 as holds_critical
    from held

),

matched as (

    select
        *,
        case
            when permission_type = 'application' and tier = 'critical' then 'application_permission_critical'
            when permission_type = 'application' and tier = 'high' and not holds_critical
                then 'application_permission_high'
            when permission_type = 'delegated' and tier = 'critical' then 'delegated_permission_critical'
            when permission_type = 'delegated' and tier = 'high' and not holds_critical then 'delegated_permission_high'
        end as rule_id
    from ranked

),

by_tier as (

    select
        tenant_id,
        app_id,
        rule_id,
        'Holds ' || {{ listed("permission_value || ' on ' || resource_name") }} as evidence
    from matched
    where rule_id is not null
    group by tenant_id, app_id, rule_id

),

tenant_wide as (

    select
        tenant_id,
        app_id,
        'tenant_wide_data_consent' as rule_id,
        'Consent for everyone to ' || {{ listed('permission_value') }} as evidence
    from ranked
    where
        consent_type = 'AllPrincipals'
        and data_area in ('mail', 'files', 'chat')
        and tier in ('medium', 'high', 'critical')
    group by tenant_id, app_id

),

factors as (

    select * from by_tier
    union all
    select * from tenant_wide

)

select
    tenant_id,
    app_id,
    rule_id,
    evidence,
    'fct_permission, rated in dim_permission' as provenance
from factors
