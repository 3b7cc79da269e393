-- Townships that have a seat below a prefix, with their assistance teams; a township without a team has one row.
SELECT s.admin_code, town.name AS township, county.name AS county, t.id AS team_id, t.team_no, t.lead_unit, t.member_units, t.leader,
       t.phone_masked AS phone, t.head_count, t.term_from, t.term_to, t.county_contact
FROM feature.township_seats AS s
LEFT JOIN feature.assistance_teams AS t ON t.admin_code = s.admin_code
LEFT JOIN feature.admin_units AS town ON town.level = 'township' AND town.admin_code = s.admin_code
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(s.admin_code, 6) || '000000'
WHERE s.admin_code ^@ :prefix
ORDER BY s.admin_code, t.term_to DESC, t.team_no
