-- Every change of an app, once. A change that both the lists and the audits tell of is one: the audit says when and who, the look at the lists that it came true.
with looked as (

    select
        *,
        'look/' || row_number() over (order by tenant_id, app_id, change_kind, item, seen_at) as look_id
    from {{ ref('int_standing_change') }}

),

audited as (

    select * from {{ ref('int_audited_change') }}

),

-- An audit does not always name the person that a consent was for: then it may be any of those whose consent changed.
spellings as (

    select
        *,
        item as spelling,
        0 as spelling_order
    from looked

    union all

    select
        *,
        replace(item, '/Principal/' || principal_id, '/Principal/?') as spelling,
        1 as spelling_order
    from looked
    where principal_id is not null

    union all

    -- Nor the part of the directory that a role was given for.
    select
        *,
        split_part(item, ' on ', 1) as spelling,
        1 as spelling_order
    from looked
    where change_kind in ('directory_role_added', 'directory_role_removed') and item like '% on %'

),

audit_spellings as (

    select
        tenant_id,
        app_id,
        change_kind,
        audit_id,
        item,
        changed_at,
        item as spelling
    from audited

    union all

    select
        tenant_id,
        app_id,
        change_kind,
        audit_id,
        item,
        changed_at,
        replace(item, '/Principal/' || principal_id, '/Principal/?') as spelling
    from audited
    where is_principal_guessed and principal_id is not null

),

matched as (

    select
        spellings.look_id,
        audit_spellings.tenant_id,
        audit_spellings.app_id,
        audit_spellings.audit_id,
        audit_spellings.item as audit_item,
        audit_spellings.change_kind,
        row_number() over (
            partition by spellings.look_id
            order by spellings.spelling_order, audit_spellings.changed_at desc, audit_spellings.audit_id, audit_spellings.item
        ) as match_rank
    from spellings
    inner join audit_spellings
        on
            spellings.tenant_id = audit_spellings.tenant_id
            and spellings.app_id = audit_spellings.app_id
            and spellings.change_kind = audit_spellings.change_kind
            and spellings.spelling = audit_spellings.spelling
            and audit_spellings.changed_at >= spellings.happened_from
            and audit_spellings.changed_at <= spellings.seen_at

),

matches as (

    select * from matched
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
