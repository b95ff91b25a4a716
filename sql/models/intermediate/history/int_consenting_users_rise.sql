-- Apps that more people consented to for themselves than a month before: by so many of a hundred, and by so many heads. One row per
-- app and calendar month, at the first look that showed it.
with history as (

    select * from {{ ref('app_history') }}
    where aspect = 'permission' and principal_id is not null and (valid_to is null or valid_to > valid_from)

),

looks as (

    select
        tenant_id,
        looked_at,
        lists_known,
        lag(looked_at) over (partition by tenant_id order by looked_at) as looked_before,
        lag(lists_known) over (partition by tenant_id order by looked_at) as lists_known_before
    from {{ ref('app_look') }}
    where aspect = 'permission'

),

-- Looks that showed consents which may be of any age: the first one, and the first with one more list. A look that was not noted when it
-- was made knew the lists that the one before knew.
revealing as (

    select
        tenant_id,
        looked_at
    from looks
    where
        looked_before is null
        or coalesce(lists_known, lists_known_before) is distinct from coalesce(lists_known_before, lists_known)

),

-- From a person's first consent in force to the end of the last.
consenters as (

    select
        tenant_id,
        app_id,
        principal_id,
        min(valid_from) as consents_from,
        case when count(*) = count(valid_to) then max(valid_to) end as consents_to
    from history
    group by tenant_id, app_id, principal_id

),

steps as (

    select tenant_id, app_id, consents_from as stepped_at, 1 as heads from consenters
    union all
    select tenant_id, app_id, consents_to as stepped_at, -1 as heads from consenters
    where consents_to is not null

),

moments as (

    select
        tenant_id,
        app_id,
        stepped_at,
        sum(heads) as heads,
        max(heads) as greatest_step
    from steps
    group by tenant_id, app_id, stepped_at

),

counted as (

    select
        *,
        cast(sum(heads) over (
            partition by tenant_id, app_id
            order by stepped_at
            range between unbounded preceding and current row
        ) as bigint) as people,
        cast(coalesce(sum(heads) over (
            partition by tenant_id, app_id
            order by stepped_at
            range between unbounded preceding and interval {{ var('consenting_users_days') }} day preceding
        ), 0) as bigint) as people_before
    from moments

),

-- Before such a look it is not known how many they were.
risen as (

    select
        counted.tenant_id,
        counted.app_id,
        counted.stepped_at as seen_at,
        substr(cast({{ utc_date('counted.stepped_at') }} as varchar), 1, 7) as month,
        counted.people,
        counted.people_before
    from counted
    left join revealing
        on
            counted.tenant_id = revealing.tenant_id
            and revealing.looked_at <= counted.stepped_at
            and revealing.looked_at > {{ dbt.dateadd('day', -1 * var('consenting_users_days'), 'counted.stepped_at') }}
    where
        counted.greatest_step > 0
        and revealing.tenant_id is null
        and counted.people - counted.people_before >= {{ var('consenting_users_up') }}
        and counted.people * 100 >= counted.people_before * (100 + {{ var('consenting_users_up_percent') }})

),

ranked as (

    select
        *,
        row_number() over (partition by tenant_id, app_id, month order by seen_at) as rise_rank
    from risen

),

firsts as (

    select
        tenant_id,
        app_id,
        seen_at,
        month,
        people,
        people_before
    from ranked
    where rise_rank = 1

)

select * from firsts
