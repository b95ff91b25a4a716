with source as (

    select * from {{ source('entra', 'service_principals') }}

),

renamed as (

    select
        tenant_id,
        id as service_principal_id,
        app_id,
        coalesce(display_name, app_display_name) as display_name,
        service_principal_type,
        app_owner_organization_id as owner_tenant_id,
        verified_publisher__verified_publisher_id as verified_publisher_id,
        verified_publisher__display_name as verified_publisher_name,
        account_enabled as is_enabled,
        app_role_assignment_required as is_assignment_required,
        disabled_by_microsoft_status,
        sign_in_audience,
        preferred_single_sign_on_mode as single_sign_on_mode,
        homepage as homepage_url,
        login_url,
        info__privacy_statement_url as privacy_statement_url,
        info__terms_of_service_url as terms_of_service_url,
        notes,
        reply_urls,
        tags,
        app_roles,
        oauth2_permission_scopes as delegated_scopes,
        key_credentials,
        password_credentials,
        created_date_time as created_at,
        coalesce(_deleted_at, deleted_date_time) as deleted_at,
        _removed_reason as removed_reason,
        _arrival as arrival
    from source

)

select * from renamed
