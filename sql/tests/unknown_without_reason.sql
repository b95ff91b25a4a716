-- What is unknown says why, in a word and in a sentence, and nothing else does; nor does it have a level of use.
with states as (

    select tenant_id, app_id, cast(null as varchar) as user_id, usage_state, unknown_reason, unknown_explanation, usage_level
    from {{ ref('app_usage') }}
    union all
    select tenant_id, app_id, user_id, usage_state, unknown_reason, unknown_explanation, usage_level
    from {{ ref('app_user_usage') }}

)

select *
from states
where
    (usage_state = 'unknown') <> (unknown_reason is not null)
    or (usage_state = 'unknown') <> (unknown_explanation is not null)
    or (usage_state = 'unknown' and usage_level is not null)
