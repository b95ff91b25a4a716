-- What apps that are scored may do that is worth naming, and whether it is powerful. A permission to one's own data is everyone's
-- data where it was consented for everyone: there a lower rating is power.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select
        permissions.*,
        greatest(coalesce(permissions.takeover, 0), coalesce(permissions.data_exposure, 0)) as worst,
        coalesce(permissions.consented_at, permissions.granted_at) as got_at
    from {{ ref('fct_permission') }} as permissions
    inner join apps
        on permissions.tenant_id = apps.tenant_id and permissions.app_id = apps.app_id

),

judged as (

    select
        tenant_id,
        app_id,
        source_id,
        permission_key,
        permission_value || ' on ' || resource_name as permission,
        use_state,
        got_at,
        consented_by,
        consented_by_service_principal_id,
        worst,
        coalesce(consent_type, 'none') = 'Principal' as is_of_one_person,
        worst >= {{ var('powerful_rating') }}
        or (consent_type = 'AllPrincipals' and worst >= {{ var('powerful_for_everyone_rating') }}) as is_powerful
    from held
    where worst >= {{ var('notable_rating') }}

)

select * from judged
