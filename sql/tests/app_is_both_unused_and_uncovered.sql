-- An app may be called unused only where every sign-in kind it could use is covered.
select
    usages.tenant_id,
    usages.app_id,
    kinds.sign_in_kind,
    coverages.uncovered_reason
from {{ ref('app_usage') }} as usages
inner join {{ ref('dim_app') }} as apps
    on usages.tenant_id = apps.tenant_id and usages.app_id = apps.app_id
inner join {{ ref('app_kind_sign_in_kind') }} as kinds
    on apps.app_kind = kinds.app_kind
left join {{ ref('int_sign_in_kind_coverage') }} as coverages
    on usages.tenant_id = coverages.tenant_id and kinds.sign_in_kind = coverages.sign_in_kind
where usages.usage_state = 'unused' and not coalesce(coverages.is_covered, false)
