-- Likelihood by what an app is called: names that pretend, that are borrowed, and that nobody would give an app that is to last.
with apps as (

    select
        *,
        {{ name_skeleton('display_name') }} as skeleton,
        {{ name_skeleton("regexp_replace(display_name, '[\\s0-9]+$', '')") }} as unnumbered_skeleton,
        {{ plain_name('display_name') }} as plain_name
    from {{ ref('int_risk_scope') }}
    where is_foreign or is_own

),

foreign_apps as (

    select * from apps
    where is_foreign

),

known_names as (

    select * from {{ ref('int_known_name') }}

),

{# Letters that a slip in the middle of the shortest name leaves whole, at either end. #}
{%- set whole = (var('shortest_slip_name') - 1) // 2 %}

-- A slip of one letter leaves some letters whole at one end of a name, so that the names it may be made from are few. A number behind a
-- name is no slip: a tenant may have two of an app.
slips as (

    select
        foreign_apps.tenant_id,
        foreign_apps.app_id,
        known_names.display_name,
        known_names.owner
    from foreign_apps
    inner join known_names
        on left(foreign_apps.unnumbered_skeleton, {{ whole }}) = left(known_names.skeleton, {{ whole }})
    where
        length(known_names.skeleton) >= {{ var('shortest_slip_name') }}
        and {{ edits('foreign_apps.unnumbered_skeleton', 'known_names.skeleton') }} = 1

    union

    select
        foreign_apps.tenant_id,
        foreign_apps.app_id,
        known_names.display_name,
        known_names.owner
    from foreign_apps
    inner join known_names
        on right(foreign_apps.unnumbered_skeleton, {{ whole }}) = right(known_names.skeleton, {{ whole }})
    where
        length(known_names.skeleton) >= {{ var('shortest_slip_name') }}
        and {{ edits('foreign_apps.unnumbered_skeleton', 'known_names.skeleton') }} = 1

),

-- The first name in the alphabet speaks for all that are one slip away.
slipped as (

    select
        tenant_id,
        app_id,
        min(display_name) as display_name,
        min_by(owner, display_name) as owner
    from slips
    group by tenant_id, app_id

),

-- The real app of a vendor is called as the vendor is; only who spells that name in other letters pretends. Microsoft's own
-- apps are out of scope by their id: whoever bears the name of one here is somebody else.
described as (

    select
        foreign_apps.tenant_id,
        foreign_apps.app_id,
        case
            when {{ fits('foreign_apps.display_name', '[\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2064}\\x{FEFF}\\x{00AD}]') }}
                then 'The name holds invisible characters'
            when
                {{ fits('foreign_apps.display_name', '[A-Za-z]') }}
                and {{ fits('foreign_apps.display_name', '[\\p{Cyrillic}\\p{Greek}]') }}
                then 'The name mixes Latin letters with Cyrillic or Greek ones'
            when not {{ fits('foreign_apps.display_name', '[\\p{L}\\p{N}]') }}
                then 'The name holds no letter and no digit'
            when not {{ fits('foreign_apps.display_name', '\\p{L}') }}
                then 'The name holds no letter'
            when
                looks.is_microsoft_app
                and (looks.plain_name <> foreign_apps.plain_name or not coalesce(foreign_apps.is_publisher_verified, false))
                then 'The name reads like Microsoft''s ' || looks.display_name
            when looks.plain_name <> foreign_apps.plain_name
                then 'The name looks like ' || looks.display_name || ' of ' || looks.owner || ' and is spelt otherwise'
            when slipped.display_name is not null
                then 'The name is ' || slipped.display_name || ' of ' || slipped.owner || ' but for one letter'
        end as evidence
    from foreign_apps
    left join known_names as looks
        on foreign_apps.skeleton = looks.skeleton
    left join slipped
        on foreign_apps.tenant_id = slipped.tenant_id and foreign_apps.app_id = slipped.app_id

),

look_alikes as (

    select
        tenant_id,
        app_id,
        'look_alike_name' as rule_id,
        case when evidence = 'The name holds no letter' then 50 else 100 end as strength,
        evidence,
        'display name, microsoft_app and known_name' as provenance
    from described
    where evidence is not null

),

leading_names as (

    select
        {{ name_skeleton('name') }} as skeleton,
        min(name) as name,
        min(owner) as owner
    from {{ ref('known_name') }}
    where is_leading
    group by {{ name_skeleton('name') }}

),

-- Words, also where something else than a blank stands between them.
worded as (

    select
        tenant_id,
        app_id,
        trim(regexp_replace(display_name, '[^\p{L}\p{M}\p{N}]+', ' ', 'g')) as words
    from foreign_apps
    where not coalesce(is_publisher_verified, false)

),

-- The names are one or two words long, so that whoever borrows one has it in the first or the first two.
beginnings as (

    select tenant_id, app_id, {{ name_skeleton("split_part(words, ' ', 1)") }} as skeleton
    from worded

    union

    select tenant_id, app_id, {{ name_skeleton("split_part(words, ' ', 1) || split_part(words, ' ', 2)") }} as skeleton
    from worded

),

claimed as (

    select
        beginnings.tenant_id,
        beginnings.app_id,
        'claimed_name' as rule_id,
        100 as strength,
        'The name begins with ' || {{ listed("leading_names.name || ' of ' || leading_names.owner") }} as evidence,
        'display name and known_name' as provenance
    from beginnings
    inner join leading_names
        on beginnings.skeleton = leading_names.skeleton
    group by beginnings.tenant_id, beginnings.app_id

),

people as (

    select
        tenant_id,
        user_id,
        lower(user_principal_name) as name,
        user_principal_name
    from {{ ref('dim_user') }}
    where not is_deleted

    union

    -- A name of one word may be an app's by chance.
    select
        tenant_id,
        user_id,
        lower(trim(display_name)) as name,
        user_principal_name
    from {{ ref('dim_user') }}
    where not is_deleted and trim(display_name) like '% %'

),

named_like_people as (

    select
        apps.tenant_id,
        apps.app_id,
        'name_of_a_person' as rule_id,
        100 as strength,
        'Named like ' || {{ listed('people.user_principal_name') }} as evidence,
        'display name and users' as provenance
    from apps
    inner join people
        on apps.tenant_id = people.tenant_id and lower(trim(apps.display_name)) = people.name
    group by apps.tenant_id, apps.app_id

),

throwaway_names as (

    select
        {{ plain_name('name') }} as plain_name
    from {{ ref('throwaway_name') }}
    group by {{ plain_name('name') }}

),

thrown_away as (

    select
        apps.tenant_id,
        apps.app_id,
        'throwaway_name' as rule_id,
        100 as strength,
        'It is called ' || apps.display_name as evidence,
        'display name and throwaway_name' as provenance
    from apps
    left join throwaway_names
        on regexp_replace(apps.plain_name, '[0-9]+$', '') = throwaway_names.plain_name
    where throwaway_names.plain_name is not null or {{ fits('apps.plain_name', '^\\p{L}[0-9]*$') }}

),

factors as (

    select * from look_alikes
    union all
    select * from claimed
    union all
    select * from named_like_people
    union all
    select * from thrown_away

)

select * from factors
