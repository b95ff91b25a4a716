-- What holding a permission lets an attacker do, in two figures from 0 to 100:
-- 1. takeover: the figure of its own in takeover_rating, else its class's for its type;
-- 2. data exposure: the figure of its own in data_rating, else sensitivity × access × reach;
-- 3. directory roles: the figures of directory_role_rating;
-- 4. else, of Microsoft's APIs only, the first pattern that the name fits, marked as such;
-- 5. else unrated: a third party's names mean what the third party likes. OpenID's scopes mean the same everywhere.
with permissions as (

    select * from {{ ref('int_permission') }}

),

takeover_reviewed as (

    select
        ratings.resource_app_id,
        ratings.permission_type,
        ratings.permission_id,
        ratings.takeover_class,
        coalesce(nullif(ratings.reason, ''), classes.reason) as takeover_reason,
        coalesce(
            ratings.rating,
            case
                when ratings.permission_type = 'application' then classes.application_rating
                else classes.delegated_rating
            end
        ) as takeover
    from {{ ref('takeover_rating') }} as ratings
    inner join {{ ref('takeover_class') }} as classes
        on ratings.takeover_class = classes.takeover_class

),

data_reviewed as (

    select
        ratings.resource_app_id,
        ratings.permission_type,
        ratings.permission_id,
        ratings.data_class,
        classes.data_area,
        ratings.data_access,
        ratings.data_reach,
        coalesce(nullif(ratings.reason, ''), classes.reason) as data_exposure_reason,
        coalesce(
            ratings.rating,
            cast(round(classes.sensitivity * accesses.percent * reaches.percent / 10000.0) as integer)
        ) as data_exposure
    from {{ ref('data_rating') }} as ratings
    inner join {{ ref('data_class') }} as classes
        on ratings.data_class = classes.data_class
    inner join {{ ref('data_factor') }} as accesses
        on accesses.factor = 'access' and ratings.data_access = accesses.name
    inner join {{ ref('data_factor') }} as reaches
        on reaches.factor = 'reach' and ratings.data_reach = reaches.name

),

roles as (

    select * from {{ ref('directory_role_rating') }}

),

patterns as (

    select * from {{ ref('permission_pattern') }}

),

-- Names are worth a look where they have Microsoft's or OpenID's meaning and nobody rated what they stand for.
unreviewed as (

    select permissions.*
    from permissions
    left join takeover_reviewed
        on
            permissions.resource_app_id = takeover_reviewed.resource_app_id
            and permissions.permission_type = takeover_reviewed.permission_type
            and permissions.permission_id = takeover_reviewed.permission_id
    left join data_reviewed
        on
            permissions.resource_app_id = data_reviewed.resource_app_id
            and permissions.permission_type = data_reviewed.permission_type
            and permissions.permission_id = data_reviewed.permission_id
    where
        (takeover_reviewed.takeover is null or data_reviewed.data_exposure is null)
        and (
            permissions.is_microsoft_api
            or lower(permissions.permission_value) in ('openid', 'profile', 'email', 'offline_access')
        )

),

fitting as (

    select
        unreviewed.tenant_id,
        unreviewed.resource_app_id,
        unreviewed.permission_type,
        unreviewed.permission_id,
        patterns.dimension,
        patterns.rating,
        patterns.data_area,
        patterns.data_access,
        patterns.data_reach,
        patterns.reason,
        row_number() over (
            partition by
                unreviewed.tenant_id,
                unreviewed.resource_app_id,
                unreviewed.permission_type,
                unreviewed.permission_id,
                patterns.dimension
            order by patterns.pattern_order
        ) as pattern_rank
    from unreviewed
    inner join patterns
        on
            unreviewed.permission_type = patterns.permission_type
            and lower(unreviewed.permission_value) like patterns.value_like
            and (patterns.owner = 'any' or unreviewed.is_microsoft_api)
            and (patterns.resource_app_id is null or unreviewed.resource_app_id = patterns.resource_app_id)

),

takeover_pattern as (

    select * from fitting
    where dimension = 'takeover' and pattern_rank = 1

),

data_pattern as (

    select * from fitting
    where dimension = 'data_exposure' and pattern_rank = 1

),

combined as (

    select
        permissions.tenant_id,
        permissions.resource_app_id,
        permissions.permission_type,
        permissions.permission_id,
        coalesce(takeover_reviewed.takeover, roles.takeover, takeover_pattern.rating) as takeover,
        takeover_reviewed.takeover_class,
        coalesce(
            takeover_reviewed.takeover_reason,
            nullif(roles.reason, ''),
            takeover_pattern.reason
        ) as takeover_reason,
        case
            when coalesce(takeover_reviewed.takeover, roles.takeover) is not null then 'reviewed'
            when takeover_pattern.rating is not null then 'pattern'
            else 'none'
        end as takeover_source,
        coalesce(data_reviewed.data_exposure, roles.data_exposure, data_pattern.rating) as data_exposure,
        data_reviewed.data_class,
        coalesce(data_reviewed.data_area, roles.data_area, data_pattern.data_area) as data_area,
        coalesce(data_reviewed.data_access, roles.data_access, data_pattern.data_access) as data_access,
        coalesce(
            data_reviewed.data_reach,
            case when roles.role_template_id is not null then 'all' end,
            data_pattern.data_reach
        ) as data_reach,
        coalesce(data_reviewed.data_exposure_reason, data_pattern.reason) as data_exposure_reason,
        case
            when coalesce(data_reviewed.data_exposure, roles.data_exposure) is not null then 'reviewed'
            when data_pattern.rating is not null then 'pattern'
            else 'none'
        end as data_exposure_source
    from permissions
    left join takeover_reviewed
        on
            permissions.resource_app_id = takeover_reviewed.resource_app_id
            and permissions.permission_type = takeover_reviewed.permission_type
            and permissions.permission_id = takeover_reviewed.permission_id
    left join data_reviewed
        on
            permissions.resource_app_id = data_reviewed.resource_app_id
            and permissions.permission_type = data_reviewed.permission_type
            and permissions.permission_id = data_reviewed.permission_id
    left join roles
        on permissions.permission_type = 'directory_role' and permissions.permission_id = roles.role_template_id
    left join takeover_pattern
        on
            permissions.tenant_id = takeover_pattern.tenant_id
            and permissions.resource_app_id = takeover_pattern.resource_app_id
            and permissions.permission_type = takeover_pattern.permission_type
            and permissions.permission_id = takeover_pattern.permission_id
    left join data_pattern
        on
            permissions.tenant_id = data_pattern.tenant_id
            and permissions.resource_app_id = data_pattern.resource_app_id
            and permissions.permission_type = data_pattern.permission_type
            and permissions.permission_id = data_pattern.permission_id

),

-- The whole is as bad as its worse half.
summed as (

    select
        *,
        greatest(coalesce(takeover, data_exposure), coalesce(data_exposure, takeover)) as rating
    from combined

),

tiers as (

    select
        tier,
        lowest_rating,
        coalesce(lead(lowest_rating) over (order by lowest_rating), 101) as next_lowest_rating
    from {{ ref('permission_tier') }}

),

tiered as (

    select
        summed.*,
        coalesce(takeover_tiers.tier, 'unrated') as takeover_tier,
        coalesce(data_tiers.tier, 'unrated') as data_exposure_tier,
        coalesce(tiers.tier, 'unrated') as tier,
        'pattern' in (summed.takeover_source, summed.data_exposure_source) as is_pattern_rated
    from summed
    left join tiers as takeover_tiers
        on
            summed.takeover >= takeover_tiers.lowest_rating
            and summed.takeover < takeover_tiers.next_lowest_rating
    left join tiers as data_tiers
        on
            summed.data_exposure >= data_tiers.lowest_rating
            and summed.data_exposure < data_tiers.next_lowest_rating
    left join tiers
        on summed.rating >= tiers.lowest_rating and summed.rating < tiers.next_lowest_rating

)

select * from tiered
