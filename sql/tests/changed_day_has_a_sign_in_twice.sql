-- Of the days built in this run, the log names each sign-in once.
select
    sign_ins.tenant_id,
    sign_ins.sign_in_id
from {{ ref('int_sign_in') }} as sign_ins
inner join {{ ref('int_changed_day') }} as changed_days
    on
        sign_ins.tenant_id = changed_days.tenant_id
        and sign_ins.sign_in_kind = changed_days.sign_in_kind
        and sign_ins.sign_in_date = changed_days.sign_in_date
where {{ within_changed_days('sign_ins.signed_in_at', ref('int_changed_day')) }}
group by sign_ins.tenant_id, sign_ins.sign_in_id
having count(*) > 1
