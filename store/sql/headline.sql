-- The city's figures of a day with those of the snapshot before.
SELECT own.indicator_id, own.scope, own.value, own.numerator, own.denominator, own.with_data, own.units,
       earlier.as_of AS previous_as_of, earlier.value AS previous_value
FROM xiangtu.indicator_values AS own
LEFT JOIN xiangtu.indicator_values AS earlier
       ON (earlier.admin_code, earlier.indicator_id, earlier.level, earlier.scope)
        = (own.admin_code, own.indicator_id, own.level, own.scope)
      AND earlier.as_of = (SELECT max(as_of) FROM xiangtu.indicator_runs WHERE state = 'done' AND as_of < :as_of)
WHERE own.admin_code = :city AND own.as_of = :as_of
ORDER BY own.indicator_id, own.scope
