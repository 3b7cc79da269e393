-- How many township-level units of each kind there are below a prefix.
SELECT kind, count(*) AS units
FROM feature.admin_units
WHERE level = 'township' AND admin_code LIKE :prefix || '%'
GROUP BY kind
