-- May "this person used it not" be said of the look-back window? People sign in interactively or without being asked; the other
-- kinds say nothing of them, and a report of last activities names nobody.
with kinds as (

    select * from {{ ref('int_sign_in_kind_coverage') }}
    where sign_in_kind in ('interactive', 'non_interactive')

),

rungs as (

    select distinct
        usage_rung,
        rung_order
    from {{ ref('usage_source') }}

),

-- The gravest reason is told: what a licence or a permission would mend comes before what time will.
weighed as (

    select
        kinds.tenant_id,
        kinds.sign_in_kind,
        kinds.is_covered,
        rungs.rung_order,
        kinds.people_uncovered_reason,
        case kinds.people_uncovered_reason
            when 'no_licence' then 1
            when 'no_permission' then 2
            when 'collection_failed' then 3
            when 'kind_not_collected' then 4
            when 'window_not_covered' then 5
        end as gravity
    from kinds
    left join rungs
        on kinds.usage_rung = rungs.usage_rung

),

summed as (

    select
        tenant_id,
        {{ count_if('is_covered') }} = 2 as is_covered,
        max(rung_order) as weakest_order,
        min(gravity) as gravity,
        {{ listed("case when gravity is not null then replace(sign_in_kind, '_', ' ') end") }} as uncovered_kinds
    from weighed
    group by tenant_id

),

judged as (

    select
        summed.tenant_id,
        summed.is_covered,
        case when summed.is_covered then rungs.usage_rung end as usage_rung,
        case summed.gravity
            when 1 then 'no_licence'
            when 2 then 'no_permission'
            when 3 then 'collection_failed'
            when 4 then 'kind_not_collected'
            when 5 then 'window_not_covered'
        end as uncovered_reason,
        summed.uncovered_kinds
    from summed
    left join rungs
        on summed.weakest_order = rungs.rung_order

)

select * from judged
