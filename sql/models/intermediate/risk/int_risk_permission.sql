-- Impact of what an app may do: the worst takeover and the worst data exposure, each counted once, by how far it reaches.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

held as (

    select * from {{ ref('fct_permission') }}

),

privileged as (

    select * from {{ ref('int_privileged_user') }}

),

rules as (

    select * from {{ ref('risk_rule') }}

),

reaching as (

    select
        held.tenant_id,
        held.app_id,
        held.permission_value || ' on ' || held.resource_name as permission,
        held.takeover,
        held.data_exposure,
        case
            when held.permission_type = 'directory_role' then 'by_directory_role'
            when held.permission_type = 'application' then 'as_app'
            when held.consent_type = 'AllPrincipals' then 'in_every_name'
            when privileged.user_id is not null then 'in_privileged_name'
            else 'in_some_names'
        end as reach
    from held
    inner join apps
        on held.tenant_id = apps.tenant_id and held.app_id = apps.app_id
    left join privileged
        on held.tenant_id = privileged.tenant_id and held.principal_id = privileged.user_id

),

rated as (

    select
        tenant_id,
        app_id,
        permission,
        'takeover' as what,
        takeover as rating,
        'takeover_' || reach as rule_id
    from reaching

    union all

    select
        tenant_id,
        app_id,
        permission,
        'data exposure' as what,
        data_exposure as rating,
        'data_' || case reach when 'by_directory_role' then 'as_app' else reach end as rule_id
    from reaching

),

weighed as (

    select
        rated.*,
        rated.rating * rules.impact_points as weight
    from rated
    inner join rules
        on rated.rule_id = rules.rule_id
    where rated.rating > 0

),

-- One rule of takeover and one of data exposure: the one that weighs most, and of equals the one that counts higher in full.
ranked as (

    select
        weighed.*,
        dense_rank() over (
            partition by weighed.tenant_id, weighed.app_id, weighed.what
            order by weighed.weight desc, weighed.rating, weighed.rule_id
        ) as place
    from weighed

),

factors as (

    select
        tenant_id,
        app_id,
        rule_id,
        max(rating) as strength,
        'Holds ' || {{ listed('permission') }} || ', rated '
        || cast(max(rating) as varchar) || ' of 100 for ' || what as evidence,
        'fct_permission, rated in dim_permission' as provenance
    from ranked
    where place = 1
    group by tenant_id, app_id, rule_id, what

)

select * from factors
