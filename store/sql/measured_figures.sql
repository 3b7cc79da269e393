-- Stored figures of a day, for rolling up anew.
SELECT indicator_id, level, admin_code, value, numerator, denominator
FROM xiangtu.indicator_values
WHERE as_of = :as_of AND indicator_id = ANY(:indicator_ids) AND scope = 'all'
ORDER BY indicator_id, admin_code
