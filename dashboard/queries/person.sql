-- The person
-- What the directory says of the account.
select *
from dim_user
where tenant_id = $tenant_id and user_id = $user_id
