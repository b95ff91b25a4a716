-- Nobody gives back an app whose disuse is not certain: an assignment that is a candidate belongs to a person who verifiably did not
-- use the app, and a licence to one whose account is off or who succeeded nowhere within the window.
select candidates.*
from {{ ref('reclaim_candidate') }} as candidates
left join {{ ref('app_user_usage') }} as usages
    on
        candidates.tenant_id = usages.tenant_id
        and candidates.app_id = usages.app_id
        and candidates.user_id = usages.user_id
where candidates.candidate_kind = 'assignment' and coalesce(usages.usage_state, 'unknown') <> 'unused'

union all

select candidates.*
from {{ ref('reclaim_candidate') }} as candidates
inner join {{ ref('app_user_usage') }} as usages
    on
        candidates.tenant_id = usages.tenant_id
        and candidates.user_id = usages.user_id
where candidates.candidate_kind = 'licence' and candidates.is_user_enabled and usages.usage_state = 'used'
