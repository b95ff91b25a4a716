-- People
-- People who fit the search, in the order that is asked for, with how many fit in all.
with
people as (
    select
        user_id,
        display_name,
        user_principal_name,
        department,
        job_title,
        user_type,
        is_enabled,
        privileged_roles,
        last_successful_sign_in_at
    from dim_user
    where
        tenant_id = $tenant_id
        and not is_deleted
        and ($kind is null or $kind <> 'guest' or user_type ilike 'guest')
        and ($kind is null or $kind <> 'disabled' or is_enabled = false)
        and ($kind is null or $kind <> 'privileged' or privileged_roles is not null)
        and (
            $search is null
            or contains(lower(coalesce(display_name, '')), lower($search))
            or contains(lower(coalesce(user_principal_name, '')), lower($search))
            or contains(lower(coalesce(department, '')), lower($search))
            or user_id = $search
        )
),

consented as (
    select user_id, count(*) as consented_apps
    from user_exposure
    where tenant_id = $tenant_id and through = 'own_consent'
    group by user_id
),

shown as (
    select
        people.*,
        coalesce(consented.consented_apps, 0) as consented_apps
    from people
    left join consented using (user_id)
    order by
        case when $sort = 'consents' then -coalesce(consented.consented_apps, 0) end,
        case when $sort = 'away' then people.last_successful_sign_in_at end nulls first,
        lower(coalesce(people.display_name, people.user_principal_name)),
        people.user_id
    limit $limit offset $offset
),

used as (
    select user_id, count(*) filter (where usage_state = 'used') as used_apps
    from app_user_usage
    where tenant_id = $tenant_id and user_id in (select user_id from shown)
    group by user_id
),

exposed as (
    select user_id, max(data_exposure) as data_exposure
    from user_exposure
    where tenant_id = $tenant_id and user_id in (select user_id from shown)
    group by user_id
)

select
    shown.*,
    coalesce(used.used_apps, 0) as used_apps,
    exposed.data_exposure,
    counted.matching_people
from shown
cross join (select count(*) as matching_people from people) as counted
left join used using (user_id)
left join exposed using (user_id)
order by
    case when $sort = 'consents' then -shown.consented_apps end,
    case when $sort = 'away' then shown.last_successful_sign_in_at end nulls first,
    lower(coalesce(shown.display_name, shown.user_principal_name)),
    shown.user_id
