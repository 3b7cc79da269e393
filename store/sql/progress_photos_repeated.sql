-- For each photo of some reports the nearest earlier one of another project or month, within some bits of 64.
SELECT DISTINCT ON (mine.id)
    mine.id AS photo_id, mine.report_id,
    bit_count(('x' || mine.phash)::bit(64) # ('x' || other.phash)::bit(64))::int AS bits,
    other.id AS earlier_photo_id, theirs.id AS earlier_report_id, p.code AS project_code, p.name AS project_name,
    theirs.period
FROM xiangtu.progress_photos AS mine
JOIN xiangtu.progress_reports AS ours ON ours.id = mine.report_id
JOIN xiangtu.progress_photos AS other ON other.id < mine.id
JOIN xiangtu.progress_reports AS theirs ON theirs.id = other.report_id
JOIN xiangtu.projects AS p ON p.id = theirs.project_id
WHERE mine.report_id = ANY (:ids)
  AND (theirs.project_id, theirs.period) IS DISTINCT FROM (ours.project_id, ours.period)
  AND bit_count(('x' || mine.phash)::bit(64) # ('x' || other.phash)::bit(64)) <= :within
ORDER BY mine.id, bits, other.id
