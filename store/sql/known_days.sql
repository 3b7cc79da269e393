-- Days for which an indicator was ever stored at a level, and when its figures were first and last written.
SELECT as_of, min(first) AS first_known, max(last) AS last_known, bool_or(held) AS held
FROM (
    SELECT as_of, min(computed_at) AS first, max(computed_at) AS last, true AS held
    FROM xiangtu.indicator_values
    WHERE indicator_id = :indicator_id AND level = :level AND scope = 'all'
    GROUP BY as_of
    UNION ALL
    SELECT as_of, min(known_from), max(known_to), false
    FROM xiangtu.past_figures
    WHERE indicator_id = :indicator_id AND level = :level AND scope = 'all'
    GROUP BY as_of
) AS stored
GROUP BY as_of
ORDER BY as_of
