-- When the audits saw a service principal appear. Graph does not always say so itself.
with audits as (

    select * from {{ ref('stg_entra__directory_audits') }}
    where {{ activity_name('activity') }} = 'add service principal'

),

targets as (

    select distinct
        tenant_id,
        audit_id,
        target_id
    from {{ ref('int_audit_property') }}
    where target_type = 'ServicePrincipal'

),

first_ones as (

    select
        targets.tenant_id,
        targets.target_id as service_principal_id,
        min(audits.activity_at) as added_at
    from audits
    inner join targets
        on audits.tenant_id = targets.tenant_id and audits.audit_id = targets.audit_id
    group by targets.tenant_id, targets.target_id

)

select * from first_ones
