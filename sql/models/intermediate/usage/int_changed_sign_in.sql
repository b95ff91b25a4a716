-- Sign-ins of the days that changed, with the scopes that Entra says it issued: a list in the text of a list of details, of which
-- there are few different ones. The facts are built from these, so that the log is read once.
with changed_days as (

    select * from {{ ref('int_changed_day') }}

),

sign_ins as (

    select * from {{ ref('int_sign_in') }}
    where {{ within_changed_days('signed_in_at', ref('int_changed_day')) }}

),

changed as (

    select sign_ins.*
    from sign_ins
    inner join changed_days
        on
            sign_ins.tenant_id = changed_days.tenant_id
            and sign_ins.sign_in_kind = changed_days.sign_in_kind
            and sign_ins.sign_in_date = changed_days.sign_in_date

),

texts as (

    select cast(processing_details as varchar) as details_text
    from changed
    where processing_details is not null
    group by cast(processing_details as varchar)

),

details as (

    select
        details_text,
        {{ lenient_json_elements('details_text') }} as detail
    from texts

),

scope_texts as (

    select
        details_text,
        {{ json_text('detail', 'value') }} as scope_text
    from details
    where lower(trim({{ json_text('detail', 'key') }})) = 'oauth scope info'

),

scope_words as (

    select
        details_text,
        lower({{ elements("case when scope_text like '%\"%' then " ~ quoted_words('scope_text') ~ " else " ~ bare_words('scope_text') ~ " end") }})
            as scope_word
    from scope_texts

),

issued as (

    select
        details_text,
        {{ sorted_list('scope_word') }} as scopes
    from scope_words
    where scope_word <> 'null'
    group by details_text

),

joined as (

    select
        changed.tenant_id,
        changed.sign_in_kind,
        changed.sign_in_date,
        changed.signed_in_at,
        changed.result,
        changed.app_id,
        changed.app_display_name,
        changed.app_owner_tenant_id,
        changed.resource_app_id,
        changed.principal_type,
        changed.principal_id,
        changed.country,
        issued.scopes
    from changed
    left join issued
        on cast(changed.processing_details as varchar) = issued.details_text

)

select * from joined
