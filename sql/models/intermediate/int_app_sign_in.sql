-- What the sign-ins alone tell about an app: for many apps of Microsoft there is nothing else.
with sign_ins as (

    select * from {{ ref('int_sign_in') }}

),

summed as (

    select
        tenant_id,
        app_id,
        min(signed_in_at) as first_sign_in_at,
        max(signed_in_at) as last_sign_in_at,
        max(app_display_name) as display_name,
        max(app_owner_tenant_id) as owner_tenant_id,
        {{ count_if("sign_in_kind = 'managed_identity'") }} > 0 as is_managed_identity
    from sign_ins
    group by tenant_id, app_id

)

select * from summed
