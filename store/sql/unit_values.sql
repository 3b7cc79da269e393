-- All indicators of some units on one day.
SELECT indicator_id, admin_code, value, numerator, denominator, with_data, units
FROM xiangtu.indicator_values
WHERE as_of = :as_of AND scope = :scope AND admin_code = ANY(:codes)
ORDER BY indicator_id, admin_code
