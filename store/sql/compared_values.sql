-- All indicators of one unit beside those of the units above it.
SELECT own.indicator_id, own.value, own.numerator, own.denominator, own.with_data, own.units,
       township.value AS township_value, county.value AS county_value, city.value AS city_value
FROM xiangtu.indicator_values AS own
LEFT JOIN xiangtu.indicator_values AS township
       ON (township.indicator_id, township.as_of, township.scope) = (own.indicator_id, own.as_of, 'all')
      AND township.level = 'township' AND township.admin_code = :township
LEFT JOIN xiangtu.indicator_values AS county
       ON (county.indicator_id, county.as_of, county.scope) = (own.indicator_id, own.as_of, 'all')
      AND county.level = 'county' AND county.admin_code = :county
LEFT JOIN xiangtu.indicator_values AS city
       ON (city.indicator_id, city.as_of, city.scope) = (own.indicator_id, own.as_of, 'all')
      AND city.level = 'city' AND city.admin_code = :city
WHERE own.admin_code = :admin_code AND own.as_of = :as_of AND own.scope = 'all'
ORDER BY own.indicator_id
