-- An app may be called unused only where some source covers every sign-in kind it could use, and it names the weakest.
with kinds as (

    select
        usages.tenant_id,
        usages.app_id,
        usages.usage_source,
        coalesce(coverages.usage_rung, 'none') as usage_rung
    from {{ ref('app_usage') }} as usages
    inner join {{ ref('dim_app') }} as apps
        on usages.tenant_id = apps.tenant_id and usages.app_id = apps.app_id
    left join {{ ref('app_kind_sign_in_kind') }} as app_kinds
        on apps.app_kind = app_kinds.app_kind
    left join {{ ref('int_sign_in_kind_coverage') }} as coverages
        on usages.tenant_id = coverages.tenant_id and app_kinds.sign_in_kind = coverages.sign_in_kind
    where usages.usage_state = 'unused'

),

weakest as (

    select
        tenant_id,
        app_id,
        usage_source,
        max(
            case usage_rung
                when 'sign_ins' then 1 when 'summarized_sign_ins' then 2 when 'activity_report' then 3 else 4
            end
        ) as rung_order
    from kinds
    group by tenant_id, app_id, usage_source

)

select *
from weakest
where
    case usage_source when 'sign_ins' then 1 when 'summarized_sign_ins' then 2 when 'activity_report' then 3 else 0 end
    <> rung_order
