-- A unit's figures on its last days with a snapshot, the oldest first.
SELECT own.as_of, own.indicator_id, own.value, own.numerator, own.denominator, own.with_data, own.units
FROM xiangtu.indicator_values AS own
WHERE own.admin_code = :admin_code AND own.scope = :scope AND own.indicator_id = ANY(:ids)
  AND own.as_of IN (SELECT DISTINCT as_of FROM xiangtu.indicator_runs WHERE state = 'done' AND as_of <= :as_of
                    ORDER BY as_of DESC LIMIT :days)
ORDER BY own.indicator_id, own.as_of
