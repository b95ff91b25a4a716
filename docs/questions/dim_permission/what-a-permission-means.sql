-- What could an app with Mail.Send do, and who rated it?
select
    permission_type,
    takeover,
    takeover_reason,
    takeover_source,
    data_exposure,
    data_exposure_reason,
    data_exposure_source,
    resource_name
from dim_permission
where permission_value = 'Mail.Send' -- put the permission's name here
order by permission_type, resource_app_id
