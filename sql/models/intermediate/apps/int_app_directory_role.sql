-- Directory roles an app holds, itself or as a member of a group that holds one: each once, however often it is assigned.
with held as (

    select * from {{ ref('int_directory_role_held') }}

),

named as (

    select
        tenant_id,
        app_id,
        directory_role
    from held
    group by tenant_id, app_id, directory_role

)

select * from named
