-- Which rows of counties, townships and villages make up the boundaries of a day, by what was known at a moment; see
-- boundaries_at.sql. Two days with the same answer have the same boundaries.
WITH known AS (
    SELECT admin_code, level, batch_id, valid_from, CAST('infinity' AS timestamptz) AS valid_to
    FROM feature.admin_units
    WHERE level <> 'city' AND valid_from <= :known_at
    UNION ALL
    SELECT admin_code, level, batch_id, valid_from, valid_to
    FROM history.admin_units
    WHERE level <> 'city' AND valid_from <= :known_at
),
stated AS (
    SELECT k.*, coalesce(b.as_of, CAST(k.valid_from AT TIME ZONE 'Asia/Shanghai' AS date)) AS stated_on,
           max(k.valid_to) OVER (PARTITION BY k.admin_code) AS ended_at
    FROM known AS k LEFT JOIN xiangtu.import_batches AS b ON b.id = k.batch_id
),
looked AS (
    SELECT level, greatest(CAST(:as_of AS date), min(stated_on)) AS day FROM stated GROUP BY level
),
drawn AS (
    SELECT DISTINCT ON (s.admin_code) s.admin_code, s.valid_from
    FROM stated AS s JOIN looked USING (level)
    WHERE s.stated_on <= looked.day
      AND NOT (s.ended_at <= :known_at AND CAST(s.ended_at AT TIME ZONE 'Asia/Shanghai' AS date) <= looked.day)
    ORDER BY s.admin_code, s.stated_on DESC, s.valid_from DESC
),
current AS (
    SELECT admin_code, valid_from FROM feature.admin_units WHERE level <> 'city'
)
SELECT (SELECT md5(string_agg(admin_code || extract(epoch FROM valid_from), ',' ORDER BY admin_code))
        FROM drawn) AS of_day,
       (SELECT md5(string_agg(admin_code || extract(epoch FROM valid_from), ',' ORDER BY admin_code))
        FROM current) AS of_now
