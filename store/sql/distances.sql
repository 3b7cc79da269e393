-- The least distance of each village among a day's figures of nearest features; none where one is not known.
SELECT admin_code, min(coalesce(numerator, value)) AS metres
FROM xiangtu.indicator_values
WHERE as_of = :as_of AND indicator_id = ANY(:indicator_ids) AND level = 'village' AND scope = 'all'
GROUP BY admin_code
HAVING bool_and(coalesce(numerator, value) IS NOT NULL)
