-- When what a map of an indicator shows last changed: its figures, or the boundaries.
SELECT greatest(
    (SELECT max(computed_at) FROM xiangtu.indicator_values WHERE indicator_id = :indicator_id AND level = :level),
    (SELECT max(known_to) FROM xiangtu.past_figures WHERE indicator_id = :indicator_id AND level = :level),
    (SELECT max(valid_from) FROM feature.admin_units),
    (SELECT max(valid_to) FROM history.admin_units)
)
