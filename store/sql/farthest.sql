-- The largest distance in each county among a day's figures of nearest features.
SELECT indicator_id, rpad(left(admin_code, 6), 12, '0') AS county, max(coalesce(numerator, value)) AS metres
FROM xiangtu.indicator_values
WHERE as_of = :as_of AND indicator_id = ANY(:indicator_ids) AND level = 'village' AND scope = 'all'
GROUP BY 1, 2
