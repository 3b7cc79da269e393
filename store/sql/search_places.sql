-- Units whose name, pinyin, initials or code match, best first: exact, then beginning, then inside.
SELECT u.admin_code, u.name, u.level, county.name AS county_name, township.name AS township_name
FROM feature.admin_units AS u
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(u.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township
       ON township.level = 'township' AND township.admin_code = left(u.admin_code, 9) || '000'
WHERE u.name LIKE '%' || :pattern || '%' ESCAPE '\'
   OR u.pinyin LIKE :pattern || '%' ESCAPE '\'
   OR u.initials LIKE :pattern || '%' ESCAPE '\'
   OR u.admin_code LIKE :pattern || '%' ESCAPE '\'
ORDER BY (u.name = :words OR u.admin_code = rpad(:words, 12, '0')) DESC,
         (u.name LIKE :pattern || '%' ESCAPE '\') DESC, (u.initials = :words) DESC, length(u.name),
         CASE u.level WHEN 'city' THEN 0 WHEN 'county' THEN 1 WHEN 'township' THEN 2 ELSE 3 END, u.admin_code
LIMIT :most
