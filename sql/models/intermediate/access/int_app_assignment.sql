-- Who is assigned to an app: people and groups, for the app as resource; and when the first assignment was made.
with recorded as (

    select * from {{ ref('stg_entra__app_role_assigned_to') }}
    where deleted_at is null

),

app_objects as (

    select * from {{ ref('int_app_object') }}

),

dated as (

    select
        recorded.tenant_id,
        coalesce(app_objects.app_id, recorded.resource_service_principal_id) as app_id,
        min(recorded.created_at) as first_assigned_at
    from recorded
    left join app_objects
        on recorded.tenant_id = app_objects.tenant_id and recorded.resource_service_principal_id = app_objects.object_id
    group by recorded.tenant_id, coalesce(app_objects.app_id, recorded.resource_service_principal_id)

),

direct as (

    select
        tenant_id,
        app_id,
        count(distinct case when principal_type = 'User' then principal_id end) as assigned_users,
        count(distinct case when principal_type = 'Group' then principal_id end) as assigned_groups
    from {{ ref('int_assignment') }}
    group by tenant_id, app_id

),

people as (

    select
        tenant_id,
        app_id,
        count(distinct user_id) as assigned_people
    from {{ ref('int_user_assignment') }}
    group by tenant_id, app_id

),

memberships as (

    select tenant_id
    from {{ ref('int_collection_last_outcome') }}
    where collection = 'group_members' and last_complete_at is not null

),

joined as (

    select
        dated.tenant_id,
        dated.app_id,
        dated.first_assigned_at,
        coalesce(direct.assigned_users, 0) as assigned_users,
        coalesce(direct.assigned_groups, 0) as assigned_groups,
        -- Whoever comes through a group is unknown where members were never read.
        case
            when coalesce(direct.assigned_groups, 0) = 0 or memberships.tenant_id is not null
                then coalesce(people.assigned_people, 0)
        end as assigned_people
    from dated
    left join direct
        on dated.tenant_id = direct.tenant_id and dated.app_id = direct.app_id
    left join people
        on dated.tenant_id = people.tenant_id and dated.app_id = people.app_id
    left join memberships
        on dated.tenant_id = memberships.tenant_id

)

select * from joined
