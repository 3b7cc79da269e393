-- Counties for which a day holds an indicator.
SELECT admin_code
FROM xiangtu.indicator_values
WHERE as_of = :as_of AND indicator_id = :indicator_id AND level = 'county' AND scope = 'all'
