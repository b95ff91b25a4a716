-- Which kinds of sign-in are not collected, and what would it take?
select
    collection,
    outcome,
    coalesce(missing_permission, missing_licence) as it_takes,
    usage_rung as stands_in,
    what_is_missing,
    feeds
from coverage
where collection like 'sign_ins_%' and outcome <> 'complete'
order by collection
