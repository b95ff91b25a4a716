-- Every word of the scope text of every grant in force is one row of fct_permission, and every row is one word.
with deleted as (

    select tenant_id, service_principal_id as object_id from {{ ref('stg_entra__service_principals') }}
    where deleted_at is not null
    union all
    select tenant_id, user_id as object_id from {{ ref('stg_entra__users') }}
    where deleted_at is not null

),

words as (

    select
        tenant_id,
        grant_id,
        {{ words('lower(scopes)') }} as scope_word
    from {{ ref('stg_entra__oauth2_permission_grants') }} as grants
    where
        deleted_at is null
        and not exists (
            select 1
            from deleted
            where
                grants.tenant_id = deleted.tenant_id
                and deleted.object_id in (
                    grants.client_service_principal_id, grants.resource_service_principal_id, grants.principal_id
                )
        )

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
