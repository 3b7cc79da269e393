-- Fresh figures of a day but those that are there already, word for word.
INSERT INTO xiangtu.indicator_values (indicator_id, as_of, level, admin_code, scope, value, numerator, denominator,
                                      with_data, units, computed_at)
SELECT new.indicator_id, new.as_of, new.level, new.admin_code, new.scope, new.value, new.numerator, new.denominator,
       new.with_data, new.units, new.computed_at
FROM pg_temp.fresh_figures AS new
WHERE NOT EXISTS (
    SELECT FROM xiangtu.indicator_values AS old
    WHERE (old.indicator_id, old.as_of, old.level, old.admin_code, old.scope)
        = (new.indicator_id, new.as_of, new.level, new.admin_code, new.scope)
      AND (old.value, old.numerator, old.denominator, old.with_data, old.units)
          IS NOT DISTINCT FROM (new.value, new.numerator, new.denominator, new.with_data, new.units)
)
