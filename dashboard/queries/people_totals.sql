-- People
-- How many accounts there are, how many people used any app within the window, and how many let an app in by their own consent.
select
    count(*) as people,
    count(*) filter (where is_enabled) as enabled_people,
    count(*) filter (where user_type ilike 'guest') as guests,
    (
        select count(distinct used.user_id)
        from app_user_usage as used
        where used.tenant_id = $tenant_id and used.usage_state = 'used' and used.user_id <> 'unknown'
    ) as active_people,
    (
        select count(distinct exposure.user_id)
        from user_exposure as exposure
        where exposure.tenant_id = $tenant_id and exposure.through = 'own_consent'
    ) as consenting_people,
    (
        select bool_or(collection.known_to is not null)
        from coverage as collection
        where collection.tenant_id = $tenant_id and collection.sign_in_kinds like '%interactive%'
    ) as is_use_known
from dim_user
where tenant_id = $tenant_id and not is_deleted
