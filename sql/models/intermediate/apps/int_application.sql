-- One registration per app id: a deleted one may be listed next to the one that replaced it.
with applications as (

    select * from {{ ref('stg_entra__applications') }}
    where app_id is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, app_id
            order by case when deleted_at is null then 0 else 1 end, arrival desc, application_object_id
        ) as app_rank
    from applications

),

current_ones as (

    select * from ranked
    where app_rank = 1

)

select * from current_ones
