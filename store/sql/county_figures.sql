-- Figures of all counties of a day in every scope, for rolling the city up anew.
SELECT indicator_id, admin_code, scope, value, numerator, denominator, with_data, units
FROM xiangtu.indicator_values
WHERE as_of = :as_of AND indicator_id = ANY(:indicator_ids) AND level = 'county'
