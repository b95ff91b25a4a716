-- People
-- People who fit the search, in the order that is asked for, with how many fit in all.
with
matching as (
    select
        user_id,
        lower(coalesce(display_name, user_principal_name)) as name,
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
        matching.*,
        coalesce(consented.consented_apps, 0) as consented_apps
    from matching
    left join consented using (user_id)
    order by
        case when $sort = 'consents' then -coalesce(consented.consented_apps, 0) end,
        case when $sort = 'away' then matching.last_successful_sign_in_at end nulls first,
        matching.name,
        matching.user_id
    limit $limit offset $offset
),

used as (
    select
        user_id,
        count(*) filter (where usage_state = 'used') as used_apps,
        count(*) filter (where usage_state = 'unknown') as unknown_apps
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
    person.user_id,
    person.display_name,
    person.user_principal_name,
    person.department,
    person.user_type,
    person.is_enabled,
    person.privileged_roles,
    person.last_successful_sign_in_at,
    case
        when shown.consented_apps > 0 or (
            select coalesce(bool_or(collection.known_to is not null), false)
            from coverage as collection
            where collection.tenant_id = $tenant_id and collection.collection = 'oauth2_permission_grants'
        )
            then shown.consented_apps
    end as consented_apps,
    coalesce(used.used_apps, 0) as used_apps,
    coalesce(used.unknown_apps, 0) as unknown_apps,
    exposed.data_exposure,
    counted.matching_people
from dim_user as person
inner join shown using (user_id)
cross join (select count(*) as matching_people from matching) as counted
left join used using (user_id)
left join exposed using (user_id)
where person.tenant_id = $tenant_id
order by
    case when $sort = 'consents' then -shown.consented_apps end,
    case when $sort = 'away' then person.last_successful_sign_in_at end nulls first,
    shown.name,
    person.user_id
