-- People
-- How many accounts there are, how many signed in with success anywhere within the window, and how many let an app in by their own consent: null where consents were never read.
select
    count(*) as people,
    count(*) filter (where person.is_enabled) as enabled_people,
    count(*) filter (where person.user_type ilike 'guest') as guests,
    count(*) filter (where person.last_successful_sign_in_at >= newest.window_from) as active_people,
    (
        select
            case
                when count(*) > 0 or (
                    select coalesce(bool_or(collection.known_to is not null), false)
                    from coverage as collection
                    where collection.tenant_id = $tenant_id and collection.collection = 'oauth2_permission_grants'
                )
                    then count(distinct exposure.user_id)
            end
        from user_exposure as exposure
        where exposure.tenant_id = $tenant_id and exposure.through = 'own_consent'
    ) as consenting_people,
    (
        select coalesce(bool_or(collection.known_to is not null), false)
        from coverage as collection
        where
            collection.tenant_id = $tenant_id
            and collection.collection in ('sign_ins_interactive', 'sign_ins_non_interactive', 'user_sign_in_activity')
    ) as is_use_known
from dim_user as person
left join (select max(usage_window_from) as window_from from app_overview where tenant_id = $tenant_id) as newest on true
where person.tenant_id = $tenant_id and not person.is_deleted
