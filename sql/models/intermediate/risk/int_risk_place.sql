-- Likelihood by the countries that an app signs in from as itself.
with apps as (

    select * from {{ ref('int_risk_scope') }}

),

places as (

    select * from {{ ref('int_app_place') }}

),

-- Where people of the tenant sign in from with success.
homes as (

    select
        tenant_id,
        country
    from places
    where sign_in_kind in ('interactive', 'non_interactive')
    group by tenant_id, country

),

observed as (

    select tenant_id
    from homes
    group by tenant_id

),

by_country as (

    select
        places.tenant_id,
        places.app_id,
        places.country,
        min(places.first_success_at) as first_success_at,
        max(places.last_success_at) as last_success_at
    from places
    where places.sign_in_kind in ('service_principal', 'managed_identity')
    group by places.tenant_id, places.app_id, places.country

),

dated as (

    select
        by_country.*,
        min(by_country.first_success_at) over (
            partition by by_country.tenant_id, by_country.app_id
        ) as app_first_success_at,
        row_number() over (
            partition by by_country.tenant_id, by_country.app_id
            order by by_country.first_success_at, by_country.country
        ) - 1 as earlier_places
    from by_country

),

-- Where no person's places are known, none is unusual.
judged as (

    select
        dated.tenant_id,
        dated.app_id,
        dated.country,
        dated.first_success_at,
        apps.is_own,
        dated.first_success_at >= apps.recent_place_from
        and {{ dbt.datediff('dated.app_first_success_at', 'dated.first_success_at', 'day') }} >= {{ var('place_baseline_days') }}
        and dated.earlier_places between 1 and {{ var('few_places') }} as is_new
    from dated
    inner join apps
        on dated.tenant_id = apps.tenant_id and dated.app_id = apps.app_id
    inner join observed
        on dated.tenant_id = observed.tenant_id
    left join homes
        on dated.tenant_id = homes.tenant_id and dated.country = homes.country
    where dated.last_success_at >= apps.recent_place_from and homes.country is null

),

-- Vendors run their apps wherever they please; an app of the tenant's own runs where the tenant put it.
factors as (

    select
        tenant_id,
        app_id,
        'unusual_place' as rule_id,
        max(case when is_new then 100 else {{ var('foreign_place_percent') }} end) as strength,
        {{ listed("country || case when is_new then ' for the first time on ' || cast(" ~ utc_date('first_success_at') ~ " as varchar) else '' end") }}
        || ', where no person of the tenant signs in' as evidence,
        'sign-ins of service principals' as provenance
    from judged
    where is_new or is_own
    group by tenant_id, app_id

)

select * from factors
