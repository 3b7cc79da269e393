-- A photo of a report; how far it was taken from the project's place is measured on the ellipsoid.
INSERT INTO xiangtu.progress_photos (
    report_id, admin_code, name, content, thumbnail, width, height, sha256, phash, taken_at, lon, lat, distance_m)
SELECT
    r.id, r.admin_code, :name, :content, :thumbnail, :width, :height, :sha256, :phash,
    CAST(:taken_at AS timestamptz), CAST(:lon AS double precision), CAST(:lat AS double precision),
    ST_Distance(
        p.geom::geography,
        ST_SetSRID(ST_Point(CAST(:lon AS double precision), CAST(:lat AS double precision)), :srid)::geography)
FROM xiangtu.progress_reports AS r JOIN xiangtu.projects AS p ON p.id = r.project_id
WHERE r.id = :report
ON CONFLICT (report_id, sha256) DO NOTHING
