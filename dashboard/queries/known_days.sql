-- Days of which sign-ins are known
-- Each of the last days, and whether all of these kinds of sign-in were collected for all of it; where not, nothing is not zero.
with
newest as (select max(usage_window_to) as as_of from app_overview where tenant_id = $tenant_id),

days as (
    select unnest(generate_series(cast(as_of as date) - $days::integer + 1, cast(as_of as date), interval 1 day))::date as day
    from newest
),

kinds as (
    select
        kind.name as kind,
        timezone('UTC', collection.known_from) as known_from,
        timezone('UTC', collection.known_to) as known_to,
        timezone('UTC', collection.largest_gap_from) as gap_from,
        timezone('UTC', collection.largest_gap_to) as gap_to
    from coverage as collection
    inner join (select unnest(string_split($kinds, ',')) as name) as kind
        on list_contains(string_split(collection.sign_in_kinds, ', '), kind.name)
    where collection.tenant_id = $tenant_id and collection.known_from is not null
)

select
    days.day,
    (
        select count(distinct kinds.kind)
        from kinds
        where
            kinds.known_from <= days.day and kinds.known_to >= days.day
            and not coalesce(kinds.gap_from < days.day + interval 1 day and kinds.gap_to > days.day, false)
    ) = len(string_split($kinds, ',')) as is_known
from days
order by days.day
