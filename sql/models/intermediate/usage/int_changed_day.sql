-- Days whose sign-ins are others than those that the facts were built from, or are no longer there. A day whose sign-ins were
-- pruned is closed: what is known of it stays, whatever lands in it.
with days as (

    select * from {{ ref('int_sign_in_day') }}

),

built as (

    -- As a source, since it is written last: a build that fails leaves the days as changed as they were.
    select * from {{ source('built', 'int_sign_in_day_built') }}

),

pruned as (

    select * from {{ ref('stg_entra__pruned_days') }}

),

changed as (

    select
        coalesce(days.tenant_id, built.tenant_id) as tenant_id,
        coalesce(days.sign_in_kind, built.sign_in_kind) as sign_in_kind,
        coalesce(days.sign_in_date, built.sign_in_date) as sign_in_date
    from days
    full outer join built
        on
            days.tenant_id = built.tenant_id
            and days.sign_in_kind = built.sign_in_kind
            and days.sign_in_date = built.sign_in_date
    where days.fingerprint is distinct from built.fingerprint{% if lacks_day_facts() %} or true{% endif %}

),

still_open as (

    select changed.*
    from changed
    left join pruned
        on
            changed.tenant_id = pruned.tenant_id
            and changed.sign_in_kind = pruned.sign_in_kind
            and changed.sign_in_date = pruned.sign_in_date
    where pruned.tenant_id is null

)

select * from still_open
