-- Whether each held permission was used within the look-back window, as far as that can be known: a token that carried it
-- was issued. Entra names the scopes of people's tokens in most sign-ins; a token of the app's own carries all its roles at
-- the API, so that a sign-in proves the use of a role only if it is the only one there; directory roles stand in no token.
-- The order is that of app_usage: what proves use, then what rules it out, and else the reason why nobody can tell.
with held as (

    select
        *,
        case permission_type when 'delegated' then 'delegated' else 'app_only' end as token_kind,
        {{ last_segment('lower(permission_value)') }} as scope_name,
        coalesce(consent_type = 'Principal', false) as is_persons,
        -- Roles at the API: a token of the app's own carries all of them.
        count(*) over (partition by tenant_id, app_id, resource_app_id, permission_type) as roles
    from {{ ref('int_permission_held') }}

),

tenants as (

    select * from {{ ref('int_tenant') }}

),

coverages as (

    select * from {{ ref('int_app_token_coverage') }}

),

api_uses as (

    select * from {{ ref('int_app_api_use') }}

),

-- One row for a scope, whoever got it: its name would else be cut for each person.
issued_scopes as (

    select
        tenant_id,
        app_id,
        resource_app_id,
        scope,
        max(last_issued_at) as last_issued_at
    from {{ ref('int_scope_issued') }}
    group by tenant_id, app_id, resource_app_id, scope

),

issued as (

    select
        tenant_id,
        app_id,
        lower(resource_app_id) as resource_app_id,
        {{ last_segment('lower(scope)') }} as scope_name,
        max(last_issued_at) as last_issued_at
    from issued_scopes
    group by tenant_id, app_id, lower(resource_app_id), {{ last_segment('lower(scope)') }}

),

consenting_people as (

    select
        tenant_id,
        app_id,
        principal_id as user_id
    from held
    where is_persons
    group by tenant_id, app_id, principal_id

),

-- Of the few who hold something themselves: what was issued to all people is far more.
issued_to_people as (

    select
        scopes.tenant_id,
        scopes.app_id,
        lower(scopes.resource_app_id) as resource_app_id,
        {{ last_segment('lower(scopes.scope)') }} as scope_name,
        scopes.user_id,
        max(scopes.last_issued_at) as last_issued_at
    from {{ ref('int_scope_issued') }} as scopes
    inner join consenting_people
        on
            scopes.tenant_id = consenting_people.tenant_id
            and scopes.app_id = consenting_people.app_id
            and scopes.user_id = consenting_people.user_id
    group by
        scopes.tenant_id,
        scopes.app_id,
        lower(scopes.resource_app_id),
        {{ last_segment('lower(scopes.scope)') }},
        scopes.user_id

),

people as (

    select * from {{ ref('int_app_user_activity') }}

),

nameless as (

    {{ nameless_uses('people') }}

),

idle as (

    select * from {{ ref('int_idle_user') }}

),

consents as (

    select * from {{ ref('int_permission_consent') }}

),

ages as (

    select * from {{ ref('int_app_age') }}

),

audits as (

    select * from {{ ref('int_collection_coverage') }}
    where collection = 'directory_audits'

),

joined as (

    select
        held.tenant_id,
        held.app_id,
        held.source_id,
        held.permission_key,
        held.permission_type,
        held.is_persons,
        held.roles,
        held.scope_name = 'openid' as is_sign_in_scope,
        held.scope_name in ('openid', 'profile', 'email', 'offline_access') as is_openid_scope,
        held.is_app_listed and held.is_resource_listed as is_listed,
        tenants.lookback_from,
        coalesce(coverages.is_observable, false) as is_observable,
        coalesce(coverages.uncovered_reason, case when tenants.tenant_id is null then 'kind_not_collected' end)
            as uncovered_reason,
        coalesce(coverages.uncovered_kinds, 'all') as uncovered_kinds,
        coverages.usage_rung,
        coalesce(coverages.is_used, false) as is_app_used,
        coalesce(coverages.has_unnamed_api, false) as has_unnamed_api,
        coalesce(coverages.reported_use, 'none') as reported_use,
        coverages.last_used_at as app_last_used_at,
        case held.permission_type when 'directory_role' then coverages.last_used_at else api_uses.last_success_at end
            as api_last_used_at,
        -- What the app did at the API before the role was given to it, it did without.
        coalesce(api_uses.is_in_lookback, false)
        and (held.granted_at is null or api_uses.last_success_at >= held.granted_at) as is_api_used,
        coalesce(api_uses.successes > 0 and api_uses.successes = api_uses.successes_with_scopes, false)
            as names_every_scope,
        case when held.is_persons then issued_to_people.last_issued_at else issued.last_issued_at end as issued_at,
        coalesce(issued.last_issued_at > tenants.lookback_from, false) as is_issued_to_somebody,
        people.usage_source is not null as is_person_active,
        people.last_used_at as person_last_used_at,
        idle.user_id is not null as is_person_idle,
        nameless.app_id is not null as has_nameless_use,
        coalesce(greatest(held.granted_at, consents.consented_at) > tenants.grace_from, false)
        or coalesce(ages.age = 'in_grace', false) as is_new,
        coalesce(held.granted_at, consents.consented_at) is null and not coalesce(audits.is_grace_covered, false)
            as is_age_unknown
    from held
    left join tenants
        on held.tenant_id = tenants.tenant_id
    left join coverages
        on
            held.tenant_id = coverages.tenant_id
            and held.app_id = coverages.app_id
            and held.token_kind = coverages.token_kind
    left join api_uses
        on
            held.tenant_id = api_uses.tenant_id
            and held.app_id = api_uses.app_id
            and lower(held.resource_app_id) = api_uses.resource_app_id
            and held.token_kind = api_uses.token_kind
    left join issued
        on
            held.tenant_id = issued.tenant_id
            and held.app_id = issued.app_id
            and lower(held.resource_app_id) = issued.resource_app_id
            and held.scope_name = issued.scope_name
            and held.permission_type = 'delegated'
    left join issued_to_people
        on
            held.tenant_id = issued_to_people.tenant_id
            and held.app_id = issued_to_people.app_id
            and lower(held.resource_app_id) = issued_to_people.resource_app_id
            and held.scope_name = issued_to_people.scope_name
            and held.principal_id = issued_to_people.user_id
            and held.permission_type = 'delegated'
    left join people
        on held.tenant_id = people.tenant_id and held.app_id = people.app_id and held.principal_id = people.user_id
    left join nameless
        on held.tenant_id = nameless.tenant_id and held.app_id = nameless.app_id
    left join idle
        on held.tenant_id = idle.tenant_id and held.principal_id = idle.user_id
    left join consents
        on
            held.tenant_id = consents.tenant_id
            and held.app_id = consents.app_id
            and held.source_id = consents.source_id
            and held.permission_key = consents.permission_key
    left join ages
        on held.tenant_id = ages.tenant_id and held.app_id = ages.app_id
    left join audits
        on held.tenant_id = audits.tenant_id

),

proven as (

    select
        *,
        case
            when issued_at > lookback_from then 'scope_issued'
            -- Whoever signs in by OpenID Connect uses its scope, listed or not.
            when is_sign_in_scope and (case when is_persons then is_person_active else is_app_used end) then 'api_sign_in'
            when is_sign_in_scope and not is_persons and reported_use = 'used' then 'activity_report'
            when permission_type = 'application' and roles = 1 and is_api_used then 'api_sign_in'
        end as proven_by
    from joined

),

ruled_out as (

    select
        *,
        case
            when proven_by is not null then null
            when is_persons and is_person_idle then 'sign_in_activity'
            when not is_listed or not is_observable or uncovered_reason is not null or usage_rung is null then null
            when usage_rung = 'activity_report'
                then case when reported_use = 'none' and not is_app_used then 'activity_report' end
            when not is_app_used
                -- A success that only the report knows happened somewhere.
                then case when reported_use not in ('used', 'used_somehow') then 'api_sign_in' end
            when is_persons and not is_person_active and not has_nameless_use then 'api_sign_in'
            when permission_type = 'directory_role' or is_openid_scope then null
            when not is_api_used then case when not has_unnamed_api then 'api_sign_in' end
            when is_persons and has_nameless_use and is_issued_to_somebody then null
            when permission_type = 'delegated' and names_every_scope then 'scope_issued'
        end as ruled_out_by
    from proven

),

reasoned as (

    select
        *,
        case
            when proven_by is not null then null
            when ruled_out_by is not null and is_new then 'granted_recently'
            when ruled_out_by is not null and is_age_unknown then 'grant_age_unknown'
            when ruled_out_by is not null then null
            when not is_listed then 'object_not_listed'
            when not is_observable then 'app_kind_not_observable'
            when permission_type = 'application' and is_api_used then 'api_used_role_unknown'
            when permission_type = 'directory_role' and (is_app_used or reported_use = 'used') then 'role_use_not_logged'
            when uncovered_reason is not null then uncovered_reason
            when usage_rung = 'activity_report' and reported_use = 'open' and not is_app_used then 'only_attempts_known'
            when is_openid_scope and is_app_used then 'scope_not_listed'
            when is_persons and has_nameless_use and is_issued_to_somebody then 'person_not_named'
            when is_api_used then 'scopes_not_logged'
            else 'api_not_named'
        end as use_unknown_reason
    from ruled_out

),

stated as (

    select
        tenant_id,
        app_id,
        source_id,
        permission_key,
        case
            when proven_by is not null then 'used'
            when use_unknown_reason is null then 'unused'
            else 'unknown'
        end as use_state,
        case
            when proven_by is not null then proven_by
            when use_unknown_reason is null then ruled_out_by
        end as use_source,
        case
            when is_sign_in_scope then greatest(
                issued_at,
                case when is_persons then person_last_used_at else app_last_used_at end
            )
            when permission_type = 'delegated' then issued_at
            when proven_by is not null then api_last_used_at
        end as last_used_at,
        api_last_used_at,
        use_unknown_reason,
        case use_unknown_reason
            when 'granted_recently' then 'Not used yet, and granted less than {{ var("new_app_grace_days") }} days ago'
            when 'grant_age_unknown'
                then 'Not used, but nothing shows that it was granted more than {{ var("new_app_grace_days") }} days ago'
            when 'object_not_listed'
                then 'Graph does not list the app or the API, so that no sign-in can be told to be theirs'
            when 'app_kind_not_observable' then 'Entra does not publish all sign-ins of this kind of app'
            when 'api_used_role_unknown'
                then
                    'The app signed in to the API, and its token carries all '
                    || cast(roles as varchar)
                    || ' roles that it has there'
            when 'role_use_not_logged' then 'The app signed in, and nothing logs what it did by its directory roles'
            {{ uncovered_explanations() }}
            when 'scope_not_listed' then 'People signed in, and Entra does not list this scope among those it issues'
            when 'person_not_named' then 'The scope was issued in sign-ins that do not name the person'
            when 'scopes_not_logged'
                then 'The app was used at the API, and not every sign-in names the scopes that were issued'
            when 'api_not_named' then 'The app was used, and what is known of it does not name the API'
        end as use_unknown_explanation
    from reasoned

)

select * from stated
