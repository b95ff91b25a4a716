-- Every app that is not deleted has exactly one row in each of the marts that speak of all apps; a deleted one has none.
select
    apps.tenant_id,
    apps.app_id
from {{ ref('dim_app') }} as apps
left join {{ ref('app_usage') }} as usages
    on apps.tenant_id = usages.tenant_id and apps.app_id = usages.app_id
left join {{ ref('app_risk') }} as risks
    on apps.tenant_id = risks.tenant_id and apps.app_id = risks.app_id
left join {{ ref('app_overview') }} as overviews
    on apps.tenant_id = overviews.tenant_id and apps.app_id = overviews.app_id
where
    apps.is_deleted <> (usages.app_id is null)
    or apps.is_deleted <> (risks.app_id is null)
    or apps.is_deleted <> (overviews.app_id is null)
