-- What the log holds of each day, without a look at what the sign-ins say: a day whose fingerprint is another than the one that
-- the facts were built from has changed. Every load of a row gives it a new load id. An app that is known by its service
-- principal alone may become another when that is listed.
with sign_ins as (

    select * from {{ ref('stg_entra__sign_ins') }}

),

loads as (

    select
        tenant_id,
        sign_in_kind,
        {{ utc_date('signed_in_at') }} as sign_in_date,
        load_id,
        case when app_id is null then service_principal_id end as nameless_principal_id,
        count(*) as sign_ins,
        {{ count_if('app_id is not null or service_principal_id is not null') }} as app_sign_ins,
        min(signed_in_at) as first_at,
        max(signed_in_at) as last_at
    from sign_ins
    group by
        tenant_id,
        sign_in_kind,
        {{ utc_date('signed_in_at') }},
        load_id,
        case when app_id is null then service_principal_id end

),

service_principals as (

    select * from {{ ref('int_service_principal') }}

),

named as (

    select
        loads.*,
        service_principals.app_id as borrowed_app_id
    from loads
    left join service_principals
        on
            loads.tenant_id = service_principals.tenant_id
            and loads.nameless_principal_id = service_principals.service_principal_id

),

days as (

    select
        tenant_id,
        sign_in_kind,
        sign_in_date,
        {{ total('sign_ins') }} as sign_ins,
        {{ total('app_sign_ins') }} as app_sign_ins,
        {{ total('case when borrowed_app_id is not null then sign_ins end') }} as borrowed_sign_ins,
        min(first_at) as first_at,
        max(last_at) as last_at,
        max(load_id) as newest_load_id,
        {{ group_hash(['load_id', 'nameless_principal_id', 'borrowed_app_id', 'sign_ins']) }}
        || ' {{ sign_in_rules() }}' as fingerprint
    from named
    group by tenant_id, sign_in_kind, sign_in_date

)

select * from days
