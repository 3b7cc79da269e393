-- Several indicators of the units of a level below a prefix, on one day.
SELECT admin_code, indicator_id, value, numerator, denominator, with_data, units
FROM xiangtu.indicator_values
WHERE indicator_id = ANY(:indicator_ids) AND as_of = :as_of AND level = :level AND scope = :scope
  AND admin_code LIKE :prefix || '%'
ORDER BY admin_code, indicator_id
