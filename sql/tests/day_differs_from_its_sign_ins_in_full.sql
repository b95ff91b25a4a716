{{ config(tags=['full_scan']) }}

-- A day that single sign-ins cover in full is answered by them alone, with exactly their successes. Reads all facts of people: for
-- tests, not for each build.
{{ days_unlike_their_sign_ins(is_of_changed_days=false) }}
