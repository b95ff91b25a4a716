-- Apps by risk
-- Each scored app with its score, what it is, whether it is used, what it may do and who owns it; the most dangerous first.
with people_names as (

    select tenant_id, app_id
    from app_risk_factor
    where tenant_id = $tenant_id and rule_id = 'name_of_a_person'

)

select
    case
        when people_names.app_id is null or $with_people then apps.display_name
        else '(named like a person)'
    end as display_name,
    apps.app_id,
    apps.risk_score,
    apps.risk_band,
    risk.impact,
    risk.likelihood,
    risk.factors,
    apps.risk_titles,
    apps.app_kind,
    apps.ownership,
    apps.publisher_name,
    apps.is_publisher_verified,
    apps.is_enabled,
    apps.disabled_by_microsoft_status,
    apps.entra_risk_level,
    apps.created_at,
    apps.first_seen_at,
    apps.usage_state,
    apps.unknown_explanation,
    apps.last_used_at,
    apps.active_users,
    apps.monthly_active_users,
    apps.previous_monthly_active_users,
    apps.trend,
    apps.successes,
    apps.failures,
    apps.failed_users,
    apps.access_mode,
    apps.entitled_users,
    apps.adoption_percent,
    apps.permissions,
    apps.critical_permissions,
    apps.high_permissions,
    apps.unrated_permissions,
    apps.application_permissions,
    apps.delegated_permissions,
    apps.tenant_wide_permissions,
    apps.consenting_users,
    apps.last_consented_at,
    apps.directory_roles,
    apps.owners,
    case when $with_people then apps.owner_names end as owner_names,
    apps.guest_owners,
    apps.reclaimable_seats,
    apps.missing_risk_evidence
from app_overview as apps
inner join app_risk as risk using (tenant_id, app_id)
left join people_names using (tenant_id, app_id)
where apps.tenant_id = $tenant_id and apps.is_scored
order by apps.risk_score desc nulls last, apps.display_name, apps.app_id
limit $rows
