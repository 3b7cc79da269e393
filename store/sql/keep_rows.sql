-- Figures of a day that are about to be written anew, row by row, go to the past ones.
WITH replaced AS (
    DELETE FROM xiangtu.indicator_values AS kept
    USING unnest(CAST(:indicator_ids AS text[]), CAST(:levels AS text[]), CAST(:codes AS text[]),
                 CAST(:scopes AS text[])) AS gone (indicator_id, level, admin_code, scope)
    WHERE kept.as_of = :as_of AND kept.indicator_id = gone.indicator_id AND kept.level = gone.level
      AND kept.admin_code = gone.admin_code AND kept.scope = gone.scope
    RETURNING kept.*
)
INSERT INTO xiangtu.past_figures (indicator_id, as_of, level, admin_code, scope, value, numerator, denominator,
                                  with_data, units, known_from, known_to)
SELECT indicator_id, as_of, level, admin_code, scope, value, numerator, denominator, with_data, units,
       computed_at, :moment
FROM replaced
WHERE computed_at < :moment
