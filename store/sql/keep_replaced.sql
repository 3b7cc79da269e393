-- Figures of a day that the fresh ones do not repeat go to the past ones. What was known for no time at all, because
-- the clock was put back meanwhile, nobody can have seen.
WITH gone AS (
    DELETE FROM xiangtu.indicator_values AS old
    WHERE old.as_of = :as_of AND old.indicator_id = ANY(:indicator_ids) AND old.admin_code LIKE ANY(:patterns)
      AND NOT EXISTS (
          SELECT FROM pg_temp.fresh_figures AS new
          WHERE (new.indicator_id, new.level, new.admin_code, new.scope)
              = (old.indicator_id, old.level, old.admin_code, old.scope)
            AND (new.value, new.numerator, new.denominator, new.with_data, new.units)
                IS NOT DISTINCT FROM (old.value, old.numerator, old.denominator, old.with_data, old.units)
      )
    RETURNING old.*
)
INSERT INTO xiangtu.past_figures (indicator_id, as_of, level, admin_code, scope, value, numerator, denominator,
                                  with_data, units, known_from, known_to)
SELECT indicator_id, as_of, level, admin_code, scope, value, numerator, denominator, with_data, units,
       computed_at, :moment
FROM gone
WHERE computed_at < :moment
