-- The least distance of each village among a day's figures of nearest features; none where one is not known.
SELECT admin_code,
       CASE WHEN bool_and(coalesce(numerator, value) IS NOT NULL) THEN min(coalesce(numerator, value)) END AS metres
FROM xiangtu.indicator_values
WHERE as_of = :as_of AND indicator_id = ANY(:indicator_ids) AND level = 'village' AND scope = 'all'
  AND admin_code = ANY(:codes)
GROUP BY admin_code
