-- What changed from one look at a tenant to the next. What stood at the first look at an aspect did not change, nor did what came to
-- light because one more of its lists could be read.
with history as (

    select * from {{ ref('app_history') }}
    where valid_to is null or valid_to > valid_from

),

looks as (

    select
        *,
        lag(looked_at) over (partition by tenant_id, aspect order by looked_at) as looked_before,
        lag(read_from) over (partition by tenant_id, aspect order by looked_at) as read_before,
        lag(lists_known) over (partition by tenant_id, aspect order by looked_at) as lists_known_before
    from {{ ref('app_look') }}

),

-- A look that was not noted when it was made knew the lists that the one before knew.
comparable as (

    select
        tenant_id,
        aspect,
        looked_at,
        {{ dbt.dateadd('hour', -1 * var('change_tolerance_hours'), 'coalesce(read_before, looked_before)') }} as happened_from
    from looks
    where
        looked_before is not null
        and coalesce(lists_known, lists_known_before) is not distinct from coalesce(lists_known_before, lists_known)
        and coalesce(lists_known, lists_known_before, 1) > 0

),

began as (

    select
        history.*,
        history.valid_from as seen_at
    from history
    inner join comparable
        on
            history.tenant_id = comparable.tenant_id
            and history.aspect = comparable.aspect
            and history.valid_from = comparable.looked_at

),

ended as (

    select
        history.*,
        history.valid_to as seen_at
    from history
    inner join comparable
        on
            history.tenant_id = comparable.tenant_id
            and history.aspect = comparable.aspect
            and history.valid_to = comparable.looked_at

),

paired as (

    select
        coalesce(began.tenant_id, ended.tenant_id) as tenant_id,
        coalesce(began.app_id, ended.app_id) as app_id,
        coalesce(began.aspect, ended.aspect) as aspect,
        coalesce(began.item, ended.item) as item,
        coalesce(began.seen_at, ended.seen_at) as seen_at,
        began.item is not null as has_begun,
        ended.item is not null as has_ended,
        began.value as new_value,
        ended.value as old_value,
        coalesce(began.label, ended.label) as label,
        case when began.item is not null then ended.label end as old_label,
        coalesce(began.permission_key, ended.permission_key) as permission_key,
        coalesce(began.permission_value, ended.permission_value) as permission_value,
        coalesce(began.principal_id, ended.principal_id) as principal_id,
        began.dated_at
    from began
    full outer join ended
        on
            began.tenant_id = ended.tenant_id
            and began.app_id = ended.app_id
            and began.aspect = ended.aspect
            and began.item = ended.item
            and began.seen_at = ended.seen_at

),

named as (

    select
        paired.*,
        case
            when aspect = 'app' and has_begun and has_ended
                then
                    case
                        when old_value = 'enabled' and new_value = 'disabled' then 'app_disabled'
                        when old_value = 'disabled' and new_value = 'enabled' then 'app_enabled'
                    end
            when aspect = 'publisher' then 'publisher_changed'
            when aspect = 'disabled_by_microsoft' and not has_begun then 'app_enabled'
            when aspect = 'disabled_by_microsoft' and not has_ended then 'app_disabled'
            -- The same fact with another value is the same fact.
            when has_begun and has_ended then null
            when aspect = 'permission' and has_begun then 'permission_granted'
            when aspect = 'permission' then 'permission_revoked'
            when aspect in ('app', 'owner', 'credential', 'reply_url', 'directory_role') and has_begun then aspect || '_added'
            when aspect in ('app', 'owner', 'credential', 'reply_url', 'directory_role') then aspect || '_removed'
        end as change_kind
    from paired

),

-- A publisher that came or went with its app did not change.
lives as (

    select
        tenant_id,
        app_id,
        seen_at
    from named
    where change_kind in ('app_added', 'app_removed')

),

changes as (

    select
        named.tenant_id,
        named.app_id,
        named.change_kind,
        named.item,
        named.label,
        named.old_label,
        not named.has_begun as is_end,
        named.permission_key,
        named.permission_value,
        case when named.aspect = 'permission' then coalesce(named.new_value, named.old_value) end as consent_type,
        named.principal_id,
        named.dated_at,
        named.seen_at,
        comparable.happened_from
    from named
    inner join comparable
        on
            named.tenant_id = comparable.tenant_id
            and named.aspect = comparable.aspect
            and named.seen_at = comparable.looked_at
    left join lives
        on named.tenant_id = lives.tenant_id and named.app_id = lives.app_id and named.seen_at = lives.seen_at
    where
        named.change_kind is not null
        and (named.aspect not in ('publisher', 'disabled_by_microsoft') or lives.app_id is null)

)

select * from changes
