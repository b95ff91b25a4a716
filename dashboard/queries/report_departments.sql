-- Departments that use an app
-- Of each of these apps, the three departments with the most people who used it within the window.
with counted as (

    select
        used.app_id,
        coalesce(people.department, 'no department named') as department,
        count(*) as active_users
    from app_user_usage as used
    inner join dim_user as people
        on used.tenant_id = people.tenant_id and used.user_id = people.user_id
    where used.tenant_id = $tenant_id and used.usage_state = 'used' and list_contains($app_ids, used.app_id)
    group by all

)

select * from counted
qualify row_number() over (partition by app_id order by active_users desc, department) <= 3
order by app_id, active_users desc, department
