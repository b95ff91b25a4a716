-- What could an app with Mail.Send do, and how do the lists rate it?
select
    resource_app_id,
    permission_type,
    permission_value,
    tier,
    scubagear_level,
    microsoft_privilege_level
from dim_permission
where permission_value = 'Mail.Send' -- put the permission's name here
order by permission_type, resource_app_id
