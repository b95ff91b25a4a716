with held as (

    select * from {{ ref('fct_permission') }}

),

usages as (

    select * from {{ ref('app_user_usage') }}

),

deleted_users as (

    select
        tenant_id,
        user_id
    from {{ ref('stg_entra__users') }}
    where deleted_at is not null

),

grant_uses as (

    select * from {{ ref('int_grant_user_use') }}

),

areas as (

    select * from {{ ref('personal_area') }}

),

-- Apps that nobody can sign in to but people who are known, each of whom has a row.
closed as (

    select
        tenant_id,
        app_id
    from {{ ref('int_app_entitlement') }}
    where access_mode = 'assigned' and entitled_users is not null

),

-- What opens somebody's data, or may: what is unrated is not known to be harmless.
opening as (

    select
        held.*,
        case held.permission_type
            when 'application' then 'application_permission'
            when 'directory_role' then 'directory_role'
            else case held.consent_type when 'Principal' then 'own_consent' else 'tenant_wide_consent' end
        end as through,
        case held.tier
            when 'critical' then 6
            when 'high' then 5
            when 'medium' then 4
            when 'low' then 3
            when 'unrated' then 2
            else 1
        end as tier_rank
    from held
    left join areas
        on held.data_area = areas.data_area
    where
        (held.data_access <> 'none' and areas.data_area is not null)
        or (held.data_exposure is null and held.permission_type <> 'directory_role')

),

-- A permission for chosen objects, or a role for a part of the directory, is not one on everyone's data, and nobody says
-- whose it is.
reaching as (

    select * from opening
    where
        permission_type = 'delegated'
        or (data_reach = 'all' and coalesce(role_scope, 'tenant') = 'tenant')
        or (permission_type = 'application' and data_exposure is null)

),

summed as (

    select
        tenant_id,
        app_id,
        through,
        principal_id,
        {{ count_if("data_access = 'read' or data_access = 'write'") }} > 0 as can_read,
        {{ count_if("data_access = 'write'") }} > 0 as can_write,
        {{ sorted_list("case when data_access in ('read', 'write') then data_area end") }} as read_areas,
        {{ sorted_list("case when data_access = 'write' then data_area end") }} as write_areas,
        {{ sorted_list('permission_value') }} as permissions,
        {{ count_if('data_exposure is null') }} as unrated_permissions,
        max(data_exposure) as data_exposure,
        max(takeover) as takeover,
        max(tier_rank) as tier_rank,
        {{ listed('consented_by') }} as consented_by,
        max(consented_at) as consented_at
    from reaching
    group by tenant_id, app_id, through, principal_id

),

persons as (

    select
        summed.*,
        summed.principal_id as user_id,
        'this_person' as affects,
        grant_uses.is_used
    from summed
    left join grant_uses
        on
            summed.tenant_id = grant_uses.tenant_id
            and summed.app_id = grant_uses.app_id
            and summed.principal_id = grant_uses.user_id
    where summed.through = 'own_consent'

),

-- Whom a consent for everyone concerns in fact: who used the app or is assigned to it.
concerned as (

    select
        summed.*,
        usages.user_id,
        'this_person' as affects,
        case usages.usage_state when 'used' then true when 'unused' then false end as is_used
    from summed
    inner join usages
        on summed.tenant_id = usages.tenant_id and summed.app_id = usages.app_id
    left join deleted_users
        on usages.tenant_id = deleted_users.tenant_id and usages.user_id = deleted_users.user_id
    where
        summed.through = 'tenant_wide_consent'
        and deleted_users.user_id is null
        and usages.user_id <> 'unknown'
        and (usages.last_used_at is not null or usages.is_assigned)

),

everyone as (

    select
        summed.*,
        cast(null as varchar) as user_id,
        'everyone' as affects,
        cast(null as boolean) as is_used
    from summed
    left join closed
        on summed.tenant_id = closed.tenant_id and summed.app_id = closed.app_id
    where
        summed.through in ('application_permission', 'directory_role')
        or (summed.through = 'tenant_wide_consent' and closed.app_id is null)

),

united as (

    select * from persons
    union all
    select * from concerned
    union all
    select * from everyone

),

stated as (

    select
        tenant_id,
        app_id || '/' || through || '/' || coalesce(user_id, 'everyone') as exposure_key,
        user_id,
        app_id,
        affects,
        through,
        can_read,
        can_write,
        read_areas,
        write_areas,
        permissions,
        unrated_permissions,
        data_exposure,
        takeover,
        case tier_rank
            when 6 then 'critical'
            when 5 then 'high'
            when 4 then 'medium'
            when 3 then 'low'
            when 2 then 'unrated'
            else 'none'
        end as tier,
        consented_by,
        consented_at,
        is_used
    from united

)

select * from stated
