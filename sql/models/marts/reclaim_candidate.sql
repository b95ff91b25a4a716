with assignments as (

    select * from {{ ref('int_reclaimable_assignment') }}

),

licences as (

    select * from {{ ref('int_user_licence') }}

),

unused_accounts as (

    select * from {{ ref('int_unused_account') }}

),

users as (

    select * from {{ ref('dim_user') }}
    where not is_deleted

),

gifts as (

    select * from {{ ref('int_group_gift') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

assignment_candidates as (

    select
        assignments.tenant_id,
        'assignment/' || assignments.assignment_id || '/' || assignments.user_id as reclaim_id,
        'assignment' as candidate_kind,
        assignments.user_id,
        assignments.app_id,
        assignments.assignment_id,
        cast(null as varchar) as sku_id,
        cast(null as varchar) as sku_part_number,
        assignments.assigned_through,
        assignments.group_id,
        assignments.group_name,
        assignments.assigned_at,
        'not_used' as reclaim_reason,
        assignments.last_used_at,
        assignments.usage_source,
        assignments.is_user_enabled,
        assignments.paths,
        assignments.access_mode,
        assignments.failures,
        assignments.assigned_through = 'group' and assignments.is_join_unknown as is_join_unknown,
        assignments.seats
    from assignments

),

-- An account that is switched off needs no licence, whatever was done with it before; one that is younger than the window may be
-- waiting for its first day, and so may one that got the licence lately. Graph says when a licence last changed, which is no earlier than
-- when it was given. An account that is listed without a date is older than June 2018.
licence_candidates as (

    select
        licences.tenant_id,
        'licence/' || licences.sku_id || '/' || licences.user_id || '/' || coalesce(licences.group_id, 'direct') as reclaim_id,
        'licence' as candidate_kind,
        licences.user_id,
        cast(null as varchar) as app_id,
        cast(null as varchar) as assignment_id,
        licences.sku_id,
        licences.sku_part_number,
        licences.licensed_through as assigned_through,
        licences.group_id,
        licences.group_name,
        cast(null as timestamp with time zone) as assigned_at,
        case when not users.is_enabled then 'account_disabled' else 'signed_in_nowhere' end as reclaim_reason,
        coalesce(unused_accounts.last_used_at, users.last_successful_sign_in_at) as last_used_at,
        unused_accounts.usage_source,
        users.is_enabled as is_user_enabled,
        count(*) over (partition by licences.tenant_id, licences.user_id, licences.sku_id) as paths,
        cast(null as varchar) as access_mode,
        cast(0 as bigint) as failures,
        false as is_join_unknown,
        case when licences.path_rank = 1 then 1 else 0 end as seats
    from licences
    inner join users
        on licences.tenant_id = users.tenant_id and licences.user_id = users.user_id
    inner join tenants
        on licences.tenant_id = tenants.tenant_id
    left join unused_accounts
        on licences.tenant_id = unused_accounts.tenant_id and licences.user_id = unused_accounts.user_id
    where
        coalesce(users.created_at <= tenants.lookback_from, true)
        and coalesce(
            licences.last_changed_at <= {{ dbt.dateadd('day', -1 * var('new_user_grace_days'), 'tenants.as_of') }},
            true
        )
        and (not users.is_enabled or unused_accounts.user_id is not null)

),

candidates as (

    select * from assignment_candidates
    union all
    select * from licence_candidates

),

joined as (

    select
        candidates.*,
        {{ utc_date('tenants.lookback_from') }} as unused_since,
        gifts.apps - case when candidates.candidate_kind = 'assignment' then 1 else 0 end as other_apps,
        gifts.licences - case when candidates.candidate_kind = 'licence' then 1 else 0 end as other_licences,
        gifts.is_dynamic,
        gifts.is_synced,
        gifts.is_unified
    from candidates
    inner join tenants
        on candidates.tenant_id = tenants.tenant_id
    left join gifts
        on candidates.tenant_id = gifts.tenant_id and candidates.group_id = gifts.group_id

),

explained as (

    select
        tenant_id,
        reclaim_id,
        candidate_kind,
        user_id,
        app_id,
        assignment_id,
        sku_id,
        sku_part_number,
        assigned_through,
        group_id,
        group_name,
        assigned_at,
        reclaim_reason,
        last_used_at,
        usage_source,
        is_user_enabled,
        case
            when candidate_kind = 'assignment' and assigned_through = 'direct' then 'Assigned directly'
            when candidate_kind = 'assignment' then 'In the group ' || group_name || ', which was assigned'
            when assigned_through = 'direct' then 'Licensed directly'
            when assigned_through = 'group' then 'Licensed through the group ' || group_name
            else 'Licensed'
        end
        || case when assigned_at is not null then ' on ' || cast({{ utc_date('assigned_at') }} as varchar) else '' end
        || case
            when candidate_kind = 'assignment' and usage_source = 'sign_in_activity'
                then '; no successful sign-in anywhere since ' || cast(unused_since as varchar)
            when candidate_kind = 'assignment' then '; no successful sign-in since ' || cast(unused_since as varchar)
            when usage_source is not null then '; no successful sign-in anywhere since ' || cast(unused_since as varchar)
            else ''
        end
        || case
            when last_used_at is not null and usage_source is null
                then '; last successful sign-in on ' || cast({{ utc_date('last_used_at') }} as varchar)
            when last_used_at is not null then '; the last one on ' || cast({{ utc_date('last_used_at') }} as varchar)
            when usage_source is not null then '; none on record'
            else ''
        end
        || case when failures > 0 then '; ' || {{ counted_noun('failures', 'failed attempt') }} || ' since' else '' end
        || case when is_join_unknown then '; when the person joined is not known' else '' end
        || case when not is_user_enabled then '; account disabled' else '' end as evidence,
        case
            when group_id is not null
                then
                    'Leaving the group ' || group_name || ' takes away '
                    || case
                        when other_apps + other_licences = 0 then 'no other app or licence that is known'
                        when other_licences = 0 then {{ counted_noun('other_apps', 'other app') }}
                        when other_apps = 0 then {{ counted_noun('other_licences', 'other licence') }}
                        else
                            {{ counted_noun('other_apps', 'other app') }}
                            || ' and '
                            || {{ counted_noun('other_licences', 'other licence') }}
                    end
                    || case when is_unified then ', and the mailbox, files and team of the Microsoft 365 group' else '' end
                    || case when access_mode = 'everyone' then ', and leaves this app open, which requires no assignment' else '' end
                    || case when is_dynamic then '; a rule decides who is in it' else '' end
                    || case when is_synced then '; it is managed on premises' else '' end
            when candidate_kind = 'assignment' and access_mode = 'everyone'
                then 'Takes the app off the person''s list; it requires no assignment and stays open to everybody'
            when candidate_kind = 'assignment' then 'Takes away this app and nothing else'
            when assigned_through = 'direct'
                then 'Takes away the services of this licence; Microsoft deletes what they hold after some time'
            else
                'Takes away the services of this licence; Graph does not say whether it comes through a group'
        end
        || case
            when paths > 1
                then
                    '. The person has it in '
                    || cast(paths as varchar)
                    || ' ways and keeps it until the last is closed'
            else ''
        end as removal_effect,
        case when group_id is not null then other_apps end as other_apps,
        case when group_id is not null then other_licences end as other_licences,
        cast(seats as bigint) as seats
    from joined

)

select * from explained
