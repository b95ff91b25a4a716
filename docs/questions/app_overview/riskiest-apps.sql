-- Which ten apps are the most dangerous, and why?
-- The titles are the heaviest of the rules that apply; app_risk_factor has all of them, with evidence and what to do.
select
    display_name,
    risk_score,
    risk_band,
    usage_state,
    risk_titles,
    publisher_name
from app_overview
where is_scored
order by risk_score desc, display_name
limit 10
