with changes as (

    select * from {{ ref('int_app_change') }}

),

widenings as (

    select * from {{ ref('int_permission_widening') }}

),

rises as (

    select * from {{ ref('int_consenting_users_rise') }}

),

permissions as (

    select * from {{ ref('dim_permission') }}

),

apps as (

    select
        tenant_id,
        app_id,
        max(object_name) as app_name
    from {{ ref('int_app_object') }}
    group by tenant_id, app_id

),

people as (

    select
        tenant_id,
        user_id,
        coalesce(user_principal_name, display_name) as user_name
    from {{ ref('stg_entra__users') }}

),

occurrences as (

    select
        changes.tenant_id,
        changes.app_id,
        changes.change_kind as event_kind,
        case when widenings.item is null then changes.change_kind else 'permission_widened' end as change_kind,
        changes.item,
        changes.occurrence,
        changes.label,
        changes.old_label,
        changes.is_end,
        changes.permission_key,
        changes.permission_value,
        changes.consent_type,
        changes.principal_id,
        changes.changed_at,
        changes.known_from,
        changes.seen_at,
        changes.app_name,
        changes.changed_by,
        changes.changed_by_id,
        cast(null as bigint) as people,
        cast(null as bigint) as people_before
    from changes
    left join widenings
        on
            changes.tenant_id = widenings.tenant_id
            and changes.app_id = widenings.app_id
            and changes.item = widenings.item
            and changes.occurrence = widenings.occurrence
            and changes.change_kind = 'permission_granted'

    union all

    select
        tenant_id,
        app_id,
        'consenting_users_up' as event_kind,
        'consenting_users_up' as change_kind,
        month as item,
        1 as occurrence,
        null as label,
        null as old_label,
        false as is_end,
        null as permission_key,
        null as permission_value,
        null as consent_type,
        null as principal_id,
        seen_at as changed_at,
        'snapshot' as known_from,
        seen_at,
        null as app_name,
        null as changed_by,
        null as changed_by_id,
        people,
        people_before
    from rises

),

named as (

    select
        occurrences.*,
        coalesce(apps.app_name, occurrences.app_name, occurrences.app_id) as named_app,
        case
            when occurrences.change_kind not in ('permission_granted', 'permission_widened', 'permission_revoked') then ''
            when occurrences.consent_type = 'AllPrincipals' then ' for everyone'
            when occurrences.consent_type = 'Principal'
                then ' for ' || coalesce(people.user_name, occurrences.principal_id, 'one person')
            else ' (application permission)'
        end as whose,
        coalesce(permissions.permission_value, occurrences.permission_value) as named_permission,
        permissions.tier,
        permissions.takeover,
        permissions.data_exposure
    from occurrences
    left join apps
        on occurrences.tenant_id = apps.tenant_id and occurrences.app_id = apps.app_id
    left join people
        on occurrences.tenant_id = people.tenant_id and occurrences.principal_id = people.user_id
    left join permissions
        on
            occurrences.tenant_id = permissions.tenant_id
            and occurrences.permission_key = permissions.permission_key

),

worded as (

    select
        tenant_id,
        {{ dbt.hash(
            "tenant_id || '|' || app_id || '|' || event_kind || '|' || item || '|' || cast(occurrence as varchar)"
        ) }} as change_id,
        changed_at,
        {{ utc_date('changed_at') }} as change_date,
        app_id,
        named_app as app_name,
        change_kind,
        item,
        permission_key,
        named_permission as permission_value,
        consent_type,
        principal_id,
        case when permission_key is not null then coalesce(tier, 'unrated') end as tier,
        takeover,
        data_exposure,
        case change_kind
            when 'app_added' then named_app || ' came into the tenant'
            when 'app_removed' then named_app || ' was removed from the tenant'
            when 'app_disabled'
                then
                    case
                        when item = 'disabled_by_microsoft' then 'Microsoft disabled ' || named_app || ' (' || label || ')'
                        else named_app || ' was disabled'
                    end
            when 'app_enabled'
                then
                    case
                        when item = 'disabled_by_microsoft' then 'Microsoft no longer disables ' || named_app
                        else named_app || ' was enabled'
                    end
            when 'permission_granted' then label || ' was granted to ' || named_app || whose
            when 'permission_widened'
                then label || ' was granted to ' || named_app || whose || ', beside what it held there before'
            when 'permission_revoked' then label || ' was revoked from ' || named_app || whose
            when 'publisher_changed'
                then
                    case
                        when is_end then 'The publisher of ' || named_app || ' is no longer verified; it was ' || label
                        when old_label is null then 'The publisher of ' || named_app || ' was verified as ' || label
                        else 'The verified publisher of ' || named_app || ' changed from ' || old_label || ' to ' || label
                    end
            when 'credential_added' then named_app || ' got a new credential: ' || label
            when 'credential_removed' then named_app || ' lost a credential: ' || label
            when 'owner_added' then label || ' became an owner of ' || named_app
            when 'owner_removed' then label || ' is no longer an owner of ' || named_app
            when 'reply_url_added' then named_app || ' may send tokens to ' || label
            when 'reply_url_removed' then named_app || ' may no longer send tokens to ' || label
            when 'directory_role_added' then named_app || ' was given the directory role ' || label
            when 'directory_role_removed' then named_app || ' lost the directory role ' || label
            when 'consenting_users_up'
                then
                    cast(people as varchar) || ' people consented to ' || named_app || ' for themselves, '
                    || cast(people_before as varchar) || ' did {{ var("consenting_users_days") }} days before'
        end as what,
        changed_by_id,
        changed_by,
        known_from,
        seen_at
    from named

)

select * from worded
