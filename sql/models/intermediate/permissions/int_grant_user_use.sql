-- Whether the people whose own consent an app holds used it within the look-back window; null where nobody can tell.
with grants as (

    select
        tenant_id,
        app_id,
        principal_id as user_id
    from {{ ref('int_permission_held') }}
    where consent_type = 'Principal'
    group by tenant_id, app_id, principal_id

),

people as (

    select * from {{ ref('int_app_user_activity') }}

),

nameless as (

    {{ nameless_uses('people') }}

),

idle as (

    select * from {{ ref('int_idle_user') }}

),

coverages as (

    select * from {{ ref('int_app_token_coverage') }}
    where token_kind = 'delegated'

),

judged as (

    select
        grants.tenant_id,
        grants.app_id,
        grants.user_id,
        case
            when people.usage_source is not null then true
            when idle.user_id is not null then false
            when
                coverages.is_observable
                and coverages.usage_rung in ('sign_ins', 'summarized_sign_ins')
                and nameless.app_id is null
                then false
        end as is_used
    from grants
    left join people
        on grants.tenant_id = people.tenant_id and grants.app_id = people.app_id and grants.user_id = people.user_id
    left join idle
        on grants.tenant_id = idle.tenant_id and grants.user_id = idle.user_id
    left join coverages
        on grants.tenant_id = coverages.tenant_id and grants.app_id = coverages.app_id
    left join nameless
        on grants.tenant_id = nameless.tenant_id and grants.app_id = nameless.app_id

)

select * from judged
