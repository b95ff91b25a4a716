-- Counts of what an app holds, by tier, type and use, and the worst ratings among it.
with held as (

    select * from {{ ref('fct_permission') }}

),

summed as (

    select
        tenant_id,
        app_id,
        count(*) as permissions,
        {{ count_if("tier = 'critical'") }} as critical_permissions,
        {{ count_if("tier = 'high'") }} as high_permissions,
        {{ count_if("tier = 'medium'") }} as medium_permissions,
        {{ count_if("tier = 'low'") }} as low_permissions,
        {{ count_if("tier = 'unrated'") }} as unrated_permissions,
        {{ count_if("permission_type = 'application'") }} as application_permissions,
        {{ count_if("permission_type = 'delegated'") }} as delegated_permissions,
        {{ count_if("permission_type = 'directory_role'") }} as directory_roles,
        {{ count_if('is_pattern_rated') }} as pattern_rated_permissions,
        {{ count_if("use_state = 'unused'") }} as unused_permissions,
        {{ count_if("use_state = 'unknown'") }} as unknown_use_permissions,
        max(takeover) as takeover,
        max(data_exposure) as data_exposure,
        {{ count_if("consent_type = 'AllPrincipals'") }} as tenant_wide_permissions,
        count(distinct case when consent_type = 'Principal' then principal_id end) as consenting_users,
        count(distinct case when not is_principal_enabled then principal_id end) as disabled_consenting_users,
        min(granted_at) as first_granted_at,
        max(coalesce(consented_at, granted_at)) as last_consented_at
    from held
    group by tenant_id, app_id

)

select * from summed
