-- When people joined a group, by the audits: Graph does not date memberships. The last time counts, since whoever joins twice had left.
with audits as (

    select * from {{ ref('stg_entra__directory_audits') }}

),

-- The group is a target of its own, a property of the person, or both.
named as (

    select
        tenant_id,
        audit_id,
        max(case when lower(target_type) = 'user' then target_id end) as user_id,
        max(
            case
                when lower(target_type) = 'group' then target_id
                when property_name = 'Group.ObjectID' then coalesce(nullif(new_value, ''), old_value)
            end
        ) as group_id
    from {{ ref('int_audit_property') }}
    where activity_name = 'add member to group'
    group by tenant_id, audit_id

),

joinings as (

    select
        named.tenant_id,
        named.group_id,
        named.user_id,
        max(audits.activity_at) as joined_at
    from named
    inner join audits
        on named.tenant_id = audits.tenant_id and named.audit_id = audits.audit_id
    where named.group_id is not null and named.user_id is not null
    group by named.tenant_id, named.group_id, named.user_id

)

select * from joinings
