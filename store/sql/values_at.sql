-- One indicator of the units of a level on one day, as known at a moment.
SELECT admin_code, value, numerator, denominator, with_data, units
FROM xiangtu.indicator_values
WHERE indicator_id = :indicator_id AND as_of = :as_of AND level = :level AND scope = :scope
  AND admin_code LIKE :prefix || '%' AND computed_at <= :known_at
UNION ALL
SELECT admin_code, value, numerator, denominator, with_data, units
FROM xiangtu.past_figures
WHERE indicator_id = :indicator_id AND as_of = :as_of AND level = :level AND scope = :scope
  AND admin_code LIKE :prefix || '%' AND known_from <= :known_at AND :known_at < known_to
ORDER BY admin_code
