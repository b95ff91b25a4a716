with source as (

    select * from {{ source('entra', 'applications') }}

),

renamed as (

    select
        tenant_id,
        id as application_object_id,
        app_id,
        display_name,
        publisher_domain,
        sign_in_audience,
        verified_publisher__verified_publisher_id as verified_publisher_id,
        verified_publisher__display_name as verified_publisher_name,
        web__home_page_url as homepage_url,
        web__redirect_uris as web_redirect_uris,
        spa__redirect_uris as spa_redirect_uris,
        public_client__redirect_uris as public_client_redirect_uris,
        key_credentials,
        password_credentials,
        created_date_time as created_at,
        coalesce(_deleted_at, deleted_date_time) as deleted_at,
        _removed_reason as removed_reason,
        _arrival as arrival
    from source

)

select * from renamed
