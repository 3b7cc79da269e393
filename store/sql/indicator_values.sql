-- One indicator of the units of a level below a prefix, on one day.
SELECT admin_code, value, numerator, denominator, with_data, units
FROM xiangtu.indicator_values
WHERE indicator_id = :indicator_id AND as_of = :as_of AND level = :level AND scope = :scope
  AND admin_code LIKE :prefix || '%'
ORDER BY admin_code
