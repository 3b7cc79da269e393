-- For each photo of some reports the nearest earlier one of another project or month, within some bits of 64.
-- The hashes become bits once each: there are far more pairs than photos.
WITH photos AS MATERIALIZED (
    SELECT f.id, f.report_id, r.project_id, r.period, ('x' || f.phash)::bit(64) AS bits
    FROM xiangtu.progress_photos AS f JOIN xiangtu.progress_reports AS r ON r.id = f.report_id
), found AS (
    SELECT DISTINCT ON (mine.id)
        mine.id AS photo_id, mine.report_id, bit_count(mine.bits # other.bits)::int AS bits,
        other.id AS earlier_photo_id, other.report_id AS earlier_report_id, other.project_id, other.period
    FROM photos AS mine JOIN photos AS other ON other.id < mine.id
    WHERE mine.report_id = ANY (:ids)
      AND bit_count(mine.bits # other.bits) <= :within
      AND (other.project_id, other.period) IS DISTINCT FROM (mine.project_id, mine.period)
    ORDER BY mine.id, bit_count(mine.bits # other.bits), other.id
)
SELECT
    found.photo_id, found.report_id, found.bits, found.earlier_photo_id, found.earlier_report_id,
    p.code AS project_code, p.name AS project_name, found.period
FROM found JOIN xiangtu.projects AS p ON p.id = found.project_id
ORDER BY found.photo_id
