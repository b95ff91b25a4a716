-- Foreign apps whose name pretends: invisible or mixed letters, no letters at all, or the name of a Microsoft app.
with apps as (

    select * from {{ ref('int_risk_scope') }}
    where is_foreign

),

microsoft_names as (

    select display_name from {{ ref('microsoft_app') }}
    union
    select display_name from {{ ref('dim_app') }}
    where ownership = 'microsoft'

),

-- Short names are too common to be anybody's.
known_skeletons as (

    select
        {{ name_skeleton('display_name') }} as skeleton,
        min(display_name) as display_name
    from microsoft_names
    where length({{ name_skeleton('display_name') }}) >= 6
    group by {{ name_skeleton('display_name') }}

),

skeletons as (

    select
        *,
        {{ name_skeleton('display_name') }} as skeleton
    from apps

),

described as (

    select
        skeletons.tenant_id,
        skeletons.app_id,
        case
            when {{ fits('skeletons.display_name', '[\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2064}\\x{FEFF}]') }}
                then 'The name holds invisible characters'
            when
                {{ fits('skeletons.display_name', '[A-Za-z]') }}
                and {{ fits('skeletons.display_name', '[\\p{Cyrillic}\\p{Greek}]') }}
                then 'The name mixes Latin letters with Cyrillic or Greek ones'
            when not {{ fits('skeletons.display_name', '[\\p{L}\\p{N}]') }}
                then 'The name holds no letter and no digit'
            when known_skeletons.display_name is not null
                then 'The name reads like Microsoft''s ' || known_skeletons.display_name
        end as evidence
    from skeletons
    left join known_skeletons
        on skeletons.skeleton = known_skeletons.skeleton

),

factors as (

    select
        tenant_id,
        app_id,
        'look_alike_name' as rule_id,
        evidence,
        'display name, compared with microsoft_app' as provenance
    from described
    where evidence is not null

)

select * from factors
