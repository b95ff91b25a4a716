with held as (

    select * from {{ ref('int_permission_held') }}

),

consents as (

    select * from {{ ref('int_permission_consent') }}

),

permissions as (

    select * from {{ ref('dim_permission') }}

),

joined as (

    select
        held.tenant_id,
        held.app_id,
        held.permission_key,
        held.source_id,
        held.permission_type,
        held.resource_app_id,
        coalesce(held.resource_name, held.resource_app_id) as resource_name,
        held.permission_id,
        permissions.permission_value,
        permissions.data_area,
        permissions.tier,
        held.consent_type,
        held.principal_id,
        held.granted_at,
        consents.consented_at,
        consents.consented_by_user_id,
        consents.consented_by,
        consents.is_admin_consent
    from held
    inner join permissions
        on held.tenant_id = permissions.tenant_id and held.permission_key = permissions.permission_key
    left join consents
        on
            held.tenant_id = consents.tenant_id
            and held.source_id = consents.source_id
            and held.permission_key = consents.permission_key

)

select * from joined
