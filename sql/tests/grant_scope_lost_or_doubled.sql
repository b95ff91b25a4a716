-- Every word of every grant's scope text is one row of fct_permission, and every row is one word.
with words as (

    select
        tenant_id,
        grant_id,
        {{ words('lower(scopes)') }} as scope_word
    from {{ ref('stg_entra__oauth2_permission_grants') }}

),

expected as (

    select distinct
        tenant_id,
        grant_id,
        scope_word
    from words
    where scope_word <> ''

),

actual as (

    select
        tenant_id,
        source_id,
        lower(permission_value) as scope_word,
        count(*) as times
    from {{ ref('fct_permission') }}
    where permission_type = 'delegated'
    group by tenant_id, source_id, lower(permission_value)

)

select
    expected.grant_id,
    expected.scope_word,
    actual.source_id,
    actual.times
from expected
full outer join actual
    on
        expected.tenant_id = actual.tenant_id
        and expected.grant_id = actual.source_id
        and expected.scope_word = actual.scope_word
where coalesce(actual.times, 0) <> 1 or expected.grant_id is null
