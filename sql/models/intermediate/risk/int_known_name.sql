-- Names that attackers borrow: Microsoft's apps and the products of well-known vendors, reduced to how they look.
with microsoft_names as (

    select display_name from {{ ref('microsoft_app') }}
    union
    select display_name from {{ ref('dim_app') }}
    where ownership = 'microsoft'

),

names as (

    -- Microsoft has thousands of apps, and short names are too common to be anybody's.
    select
        display_name,
        'Microsoft' as owner,
        true as is_app
    from microsoft_names
    where length({{ name_skeleton('display_name') }}) >= 6

    union all

    select
        name as display_name,
        owner,
        false as is_app
    from {{ ref('known_name') }}

),

skeletons as (

    select
        {{ name_skeleton('display_name') }} as skeleton,
        min({{ plain_name('display_name') }}) as plain_name,
        min(display_name) as display_name,
        min(owner) as owner,
        max(case when is_app then 1 else 0 end) = 1 as is_microsoft_app
    from names
    group by {{ name_skeleton('display_name') }}

)

select * from skeletons
