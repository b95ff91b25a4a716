-- Every change of an app, once. A change that both the lists and the audits tell of is one: the audit says when and who, the look at
-- the lists that it came true.
with looked as (

    select
        *,
        'look/' || row_number() over (order by tenant_id, app_id, change_kind, item, seen_at) as look_id
    from {{ ref('int_standing_change') }}

),

audited as (

    select * from {{ ref('int_audited_change') }}

),

exact_candidates as (

    select
        looked.look_id,
        audited.tenant_id,
        audited.app_id,
        audited.audit_id,
        audited.item as audit_item,
        audited.change_kind,
        row_number() over (
            partition by looked.look_id
            order by audited.changed_at desc, audited.audit_id
        ) as match_rank
    from looked
    inner join audited
        on
            looked.tenant_id = audited.tenant_id
            and looked.app_id = audited.app_id
            and looked.change_kind = audited.change_kind
            and looked.item = audited.item
            and audited.changed_at >= looked.happened_from
            and audited.changed_at <= looked.seen_at

),

-- An audit does not always name the person that a consent was for, or the part of the directory that a role was given for. Left over,
-- it may tell of any such change that no other audit tells of.
looked_left as (

    select
        looked.*,
        case
            when looked.principal_id is not null
                then replace(looked.item, '/Principal/' || looked.principal_id, '/Principal/?')
            else split_part(looked.item, ' on ', 1)
        end as spelling
    from looked
    left join exact_candidates
        on looked.look_id = exact_candidates.look_id
    where
        exact_candidates.look_id is null
        and (
            looked.principal_id is not null
            or (looked.change_kind in ('directory_role_added', 'directory_role_removed') and looked.item like '% on %')
        )

),

audited_left as (

    select
        audited.*,
        case
            when audited.principal_id is not null
                then replace(audited.item, '/Principal/' || audited.principal_id, '/Principal/?')
            else audited.item
        end as spelling
    from audited
    left join exact_candidates
        on
            audited.tenant_id = exact_candidates.tenant_id
            and audited.app_id = exact_candidates.app_id
            and audited.audit_id = exact_candidates.audit_id
            and audited.item = exact_candidates.audit_item
            and audited.change_kind = exact_candidates.change_kind
    where
        exact_candidates.look_id is null
        and (audited.is_principal_guessed or audited.change_kind in ('directory_role_added', 'directory_role_removed'))

),

loose_candidates as (

    select
        looked_left.look_id,
        audited_left.tenant_id,
        audited_left.app_id,
        audited_left.audit_id,
        audited_left.item as audit_item,
        audited_left.change_kind,
        row_number() over (
            partition by looked_left.look_id
            order by audited_left.changed_at desc, audited_left.audit_id, audited_left.item
        ) as match_rank
    from looked_left
    inner join audited_left
        on
            looked_left.tenant_id = audited_left.tenant_id
            and looked_left.app_id = audited_left.app_id
            and looked_left.change_kind = audited_left.change_kind
            and looked_left.spelling = audited_left.spelling
            and audited_left.changed_at >= looked_left.happened_from
            and audited_left.changed_at <= looked_left.seen_at

),

matches as (

    select * from exact_candidates
    where match_rank = 1
    union all
    select * from loose_candidates
    where match_rank = 1

),

told_by_look as (

    select
        looked.tenant_id,
        looked.app_id,
        looked.change_kind,
        looked.item,
        looked.label,
        looked.old_label,
        looked.is_end,
        looked.permission_key,
        looked.permission_value,
        looked.consent_type,
        looked.principal_id,
        case
            when audited.audit_id is not null then audited.changed_at
            when looked.dated_at between looked.happened_from and looked.seen_at then looked.dated_at
            else looked.seen_at
        end as changed_at,
        case
            when audited.audit_id is not null then 'audit'
            when looked.dated_at between looked.happened_from and looked.seen_at then 'graph'
            else 'snapshot'
        end as known_from,
        looked.seen_at,
        audited.audit_id,
        audited.app_name,
        audited.changed_by,
        audited.changed_by_id
    from looked
    left join matches
        on looked.look_id = matches.look_id
    left join audited
        on
            matches.tenant_id = audited.tenant_id
            and matches.app_id = audited.app_id
            and matches.audit_id = audited.audit_id
            and matches.audit_item = audited.item
            and matches.change_kind = audited.change_kind

),

told_by_audit as (

    select
        audited.tenant_id,
        audited.app_id,
        audited.change_kind,
        audited.item,
        audited.label,
        cast(null as varchar) as old_label,
        false as is_end,
        audited.permission_key,
        audited.permission_value,
        audited.consent_type,
        audited.principal_id,
        audited.changed_at,
        'audit' as known_from,
        cast(null as timestamp with time zone) as seen_at,
        audited.audit_id,
        audited.app_name,
        audited.changed_by,
        audited.changed_by_id
    from audited
    left join matches
        on
            audited.tenant_id = matches.tenant_id
            and audited.app_id = matches.app_id
            and audited.audit_id = matches.audit_id
            and audited.item = matches.audit_item
            and audited.change_kind = matches.change_kind
    where matches.look_id is null

),

told as (

    select * from told_by_look
    union all
    select * from told_by_audit

),

-- The first, second, … time that this happened to this app: an audit that arrives late changes what is known of a change, not which
-- one it is.
numbered as (

    select
        *,
        row_number() over (
            partition by tenant_id, app_id, change_kind, item
            order by changed_at, seen_at, audit_id
        ) as occurrence
    from told

)

select * from numbered
