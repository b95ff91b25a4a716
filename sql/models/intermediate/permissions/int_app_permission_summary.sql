-- Counts of what an app holds, by tier and type.
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
        {{ count_if("consent_type = 'AllPrincipals'") }} as tenant_wide_permissions,
        count(distinct case when consent_type = 'Principal' then principal_id end) as consenting_users,
        min(granted_at) as first_granted_at,
        max(coalesce(consented_at, granted_at)) as last_consented_at
    from held
    group by tenant_id, app_id

)

select * from summed
