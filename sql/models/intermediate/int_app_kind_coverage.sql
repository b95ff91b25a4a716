-- The sign-in kinds an app could sign in by, summed up: are all of them covered, and what is in the way if not.
with apps as (

    select * from {{ ref('dim_app') }}

),

app_kinds as (

    select * from {{ ref('app_kind_sign_in_kind') }}

),

coverages as (

    select * from {{ ref('int_sign_in_kind_coverage') }}

),

-- The gravest reason is told: what a licence or a permission would mend comes before what time will.
reasons as (

    select
        apps.tenant_id,
        apps.app_id,
        coverages.sign_in_kind,
        coverages.uncovered_reason,
        case coverages.uncovered_reason
            when 'no_licence' then 1
            when 'no_permission' then 2
            when 'collection_failed' then 3
            when 'kind_not_collected' then 4
            when 'window_not_covered' then 5
        end as gravity
    from apps
    inner join app_kinds
        on apps.app_kind = app_kinds.app_kind
    left join coverages
        on apps.tenant_id = coverages.tenant_id and app_kinds.sign_in_kind = coverages.sign_in_kind

),

summed as (

    select
        tenant_id,
        app_id,
        min(gravity) as gravity,
        {{ count_if("sign_in_kind is null") }} = 0 as is_tenant_synced,
        {{ listed("case when uncovered_reason is not null then replace(sign_in_kind, '_', ' ') end") }} as uncovered_kinds
    from reasons
    group by tenant_id, app_id

),

judged as (

    select
        tenant_id,
        app_id,
        case
            when not is_tenant_synced then 'kind_not_collected'
            when gravity = 1 then 'no_licence'
            when gravity = 2 then 'no_permission'
            when gravity = 3 then 'collection_failed'
            when gravity = 4 then 'kind_not_collected'
            when gravity = 5 then 'window_not_covered'
        end as uncovered_reason,
        case when is_tenant_synced then uncovered_kinds else 'all' end as uncovered_kinds
    from summed

)

select * from judged
