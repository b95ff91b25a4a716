-- Every app that anything in the tenant names: as service principal, registration, sign-in, grant or assignment.
with named as (

    select tenant_id, app_id from {{ ref('int_service_principal') }}
    union
    select tenant_id, app_id from {{ ref('int_application') }}
    union
    select tenant_id, app_id from {{ ref('int_app_sign_in') }}
    union
    select tenant_id, app_id from {{ ref('int_permission_held') }}
    union
    select tenant_id, app_id from {{ ref('int_app_assignment') }}

)

select * from named
