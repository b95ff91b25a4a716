-- What it may do
-- One row a permission and whom it reaches, the worst first: what it means in words, who let the app have it, and whether it is used.
select
    held.permission_value,
    held.permission_type,
    held.resource_name,
    min(held.tier) as tier,
    max(greatest(coalesce(held.takeover, -1), coalesce(held.data_exposure, -1))) as rating,
    bool_or(held.is_pattern_rated) as is_pattern_rated,
    min(meant.display_name) as permission_name,
    min(case when held.takeover > 0 then meant.takeover_reason end) as takeover_reason,
    min(case when held.data_exposure > 0 then meant.data_exposure_reason end) as data_exposure_reason,
    held.principal_type,
    count(distinct held.principal_id) as people,
    count(distinct held.principal_id) filter (where held.is_principal_enabled = false) as disabled_people,
    max(coalesce(held.consented_at, held.granted_at)) as consented_at,
    case when count(distinct held.consented_by) = 1 then min(held.consented_by) end as consented_by,
    count(distinct held.consented_by) as consenters,
    count(*) filter (where held.use_state = 'used') as used_grants,
    count(*) filter (where held.use_state = 'unused') as unused_grants,
    count(*) filter (where held.use_state = 'unknown') as unknown_grants,
    min(held.use_unknown_explanation) as use_unknown_explanation,
    max(held.last_used_at) as last_used_at,
    string_agg(distinct held.role_scope_id, ', ') filter (where held.role_scope <> 'tenant') as role_scopes
from fct_permission as held
left join dim_permission as meant using (tenant_id, permission_key)
where held.tenant_id = $tenant_id and held.app_id = $app_id
group by held.permission_key, held.permission_value, held.permission_type, held.resource_name, held.principal_type
order by rating desc, held.permission_value, held.permission_type
limit $limit
