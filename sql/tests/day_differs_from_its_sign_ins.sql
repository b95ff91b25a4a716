-- A day built in this run that single sign-ins cover in full is answered by them alone, with exactly their successes.
{{ days_unlike_their_sign_ins(is_of_changed_days=true) }}
