-- Units of one level below a prefix, in the order of their codes.
SELECT admin_code, name, kind
FROM feature.admin_units
WHERE level = :level AND admin_code LIKE :prefix || '%'
ORDER BY admin_code
