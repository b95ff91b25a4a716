-- What single sign-ins tell of each principal at each app: first and last, as far back as they were read, and what the windows
-- hold. All that is asked of people by app is answered from here, so that the daily facts are read once.
with tenants as (

    select * from {{ ref('int_tenant') }}

),

summarized_days as (

    select * from {{ ref('fct_app_day') }}
    where usage_source = 'summarized_sign_ins'

),

days as (

    select
        days.*,
        {{ dbt.datediff('days.sign_in_date', utc_date('tenants.as_of'), 'day') }} as days_ago,
        -- Successes and failures of a day on the edge of the window count as well, and on days that counts answer for none.
        days.sign_in_date >= {{ utc_date('tenants.lookback_from') }} and summarized_days.app_id is null as is_counted
    from {{ ref('fct_app_user_day') }} as days
    inner join tenants
        on days.tenant_id = tenants.tenant_id
    left join summarized_days
        on
            days.tenant_id = summarized_days.tenant_id
            and days.app_id = summarized_days.app_id
            and days.sign_in_date = summarized_days.sign_in_date
            and days.sign_in_kind = summarized_days.sign_in_kind

),

principals as (

    select
        tenant_id,
        app_id,
        principal_type,
        principal_id,
        min(first_success_at) as first_success_at,
        max(last_success_at) as last_success_at,
        max(case when sign_in_kind = 'interactive' then last_success_at end) as last_interactive_success_at,
        max(case when sign_in_kind = 'non_interactive' then last_success_at end) as last_non_interactive_success_at,
        max(last_at) as last_at,
        {{ total('case when is_counted then successes end') }} as successes,
        {{ total('case when is_counted then failures end') }} as failures,
        {{ day_set('successes > 0', 'days_ago') }} as active_days
    from days
    group by tenant_id, app_id, principal_type, principal_id

)

select * from principals
