-- Objects of the directory that are an app, deleted ones too: audits name service principals and registrations by object id.
with objects as (

    select
        tenant_id,
        service_principal_id as object_id,
        app_id,
        display_name as object_name
    from {{ ref('int_service_principal') }}

    union all

    select
        tenant_id,
        application_object_id as object_id,
        app_id,
        display_name as object_name
    from {{ ref('stg_entra__applications') }}
    where app_id is not null

)

select * from objects
