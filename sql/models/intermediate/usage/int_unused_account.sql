-- Accounts with which nobody used anything within the window: Entra's own note says so, or people's sign-ins were collected
-- completely, none of theirs succeeded, and no success leaves open whose it was. An attempt that the note alone tells of may have
-- succeeded.
with users as (

    select * from {{ ref('stg_entra__users') }}
    where deleted_at is null

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

idle as (

    select * from {{ ref('int_idle_user') }}

),

people_coverage as (

    select * from {{ ref('int_people_coverage') }}
    where is_covered

),

uses as (

    select
        tenant_id,
        user_id,
        max(last_used_at) as last_used_at,
        {{ count_if('usage_source is not null') }} > 0 as is_in_lookback
    from {{ ref('int_app_user_activity') }}
    group by tenant_id, user_id

),

nameless as (

    select tenant_id
    from uses
    where user_id = 'unknown' and is_in_lookback

),

-- Whoever worked in another tenant used nothing here, and is no idle account.
elsewhere as (

    select distinct
        sign_ins.tenant_id,
        sign_ins.user_id
    from {{ ref('stg_entra__sign_ins') }} as sign_ins
    inner join tenants
        on sign_ins.tenant_id = tenants.tenant_id
    where sign_ins.is_elsewhere and sign_ins.result = 'success' and sign_ins.signed_in_at > tenants.lookback_from

),

notes as (

    select
        tenant_id,
        user_id,
        last_successful_at,
        greatest(last_interactive_at, last_non_interactive_at, last_successful_at) as last_noted_at
    from {{ ref('stg_entra__user_sign_in_activity') }}
    where deleted_at is null

),

judged as (

    select
        users.tenant_id,
        users.user_id,
        greatest(uses.last_used_at, notes.last_successful_at) as last_used_at,
        case
            when idle.user_id is not null then 'sign_in_activity'
            when
                nameless.tenant_id is null
                and elsewhere.user_id is null
                and not coalesce(uses.is_in_lookback, false)
                and not coalesce(notes.last_noted_at > tenants.lookback_from, false)
                then people_coverage.usage_rung
        end as usage_source
    from users
    inner join tenants
        on users.tenant_id = tenants.tenant_id
    left join idle
        on users.tenant_id = idle.tenant_id and users.user_id = idle.user_id
    left join people_coverage
        on users.tenant_id = people_coverage.tenant_id
    left join nameless
        on users.tenant_id = nameless.tenant_id
    left join uses
        on users.tenant_id = uses.tenant_id and users.user_id = uses.user_id
    left join elsewhere
        on users.tenant_id = elsewhere.tenant_id and users.user_id = elsewhere.user_id
    left join notes
        on users.tenant_id = notes.tenant_id and users.user_id = notes.user_id

)

select * from judged
where usage_source is not null
