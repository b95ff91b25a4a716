-- Permissions granted to an app that held something of that API before: for everyone or on its own, or for the same person. So a
-- consent that becomes one for everyone widens, and one more person's first consent does not.
with granted as (

    select
        tenant_id,
        app_id,
        item,
        occurrence,
        split_part(item, '/', 1) as resource_app_id,
        principal_id,
        changed_at,
        audit_id
    from {{ ref('int_app_change') }}
    where change_kind = 'permission_granted'

),

history as (

    select
        tenant_id,
        app_id,
        split_part(item, '/', 1) as resource_app_id,
        principal_id,
        valid_from,
        valid_to
    from {{ ref('app_history') }}
    where aspect = 'permission' and (valid_to is null or valid_to > valid_from)

),

-- Of whom something was held: everyone, one person, or anyone at all.
holdings as (

    select
        tenant_id,
        app_id,
        resource_app_id,
        coalesce(principal_id, 'everyone') as held_of,
        valid_from,
        valid_to
    from history

    union all

    select
        tenant_id,
        app_id,
        resource_app_id,
        'anyone' as held_of,
        min(valid_from) as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to
    from history
    group by tenant_id, app_id, resource_app_id

),

questions as (

    select granted.*, 'anyone' as held_of from granted
    where principal_id is null
    union all
    select granted.*, 'everyone' as held_of from granted
    where principal_id is not null
    union all
    select granted.*, principal_id as held_of from granted
    where principal_id is not null

),

held_before as (

    select
        questions.tenant_id,
        questions.app_id,
        questions.item,
        questions.occurrence
    from questions
    inner join holdings
        on
            questions.tenant_id = holdings.tenant_id
            and questions.app_id = holdings.app_id
            and questions.resource_app_id = holdings.resource_app_id
            and questions.held_of = holdings.held_of
            and holdings.valid_from < questions.changed_at
            and (holdings.valid_to is null or holdings.valid_to >= questions.changed_at)

),

-- The audit itself may name the scopes that the grant had before.
told_before as (

    select
        granted.tenant_id,
        granted.app_id,
        granted.item,
        granted.occurrence
    from granted
    inner join {{ ref('int_consent_audit') }} as audits
        on granted.tenant_id = audits.tenant_id and granted.audit_id = audits.audit_id
    where trim(audits.old_scopes) <> ''

),

widened as (

    select * from held_before
    union
    select * from told_before

)

select * from widened
