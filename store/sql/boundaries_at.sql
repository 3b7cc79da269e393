-- Units of a level as they were on a day, by what was known at a moment. A row describes its units from the day that
-- was stated for its file, else that of the import; before the first such day the first boundaries are taken.
WITH known AS (
    SELECT admin_code, name, kind, geom, batch_id, valid_from, CAST('infinity' AS timestamptz) AS valid_to
    FROM feature.admin_units
    WHERE level = :level AND valid_from <= :known_at
    UNION ALL
    SELECT admin_code, name, kind, geom, batch_id, valid_from, valid_to
    FROM history.admin_units
    WHERE level = :level AND valid_from <= :known_at
),
stated AS (
    SELECT k.*, coalesce(b.as_of, CAST(k.valid_from AT TIME ZONE 'Asia/Shanghai' AS date)) AS stated_on,
           max(k.valid_to) OVER (PARTITION BY k.admin_code) AS ended_at
    FROM known AS k LEFT JOIN xiangtu.import_batches AS b ON b.id = k.batch_id
),
looked AS (
    SELECT greatest(CAST(:as_of AS date), min(stated_on)) AS day FROM stated
)
SELECT DISTINCT ON (s.admin_code)
       s.admin_code, s.name, s.kind, s.stated_on, ST_AsBinary(s.geom) AS shape
FROM stated AS s, looked
WHERE s.stated_on <= looked.day AND s.admin_code LIKE :prefix || '%'
  AND NOT (s.ended_at <= :known_at AND CAST(s.ended_at AT TIME ZONE 'Asia/Shanghai' AS date) <= looked.day)
ORDER BY s.admin_code, s.stated_on DESC, s.valid_from DESC
