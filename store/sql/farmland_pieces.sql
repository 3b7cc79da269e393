-- Pieces of the last runs over two editions below a place: slivers last, the largest first.
WITH last AS (
    SELECT DISTINCT ON (r.admin_code) r.id
    FROM xiangtu.farmland_runs AS r
    WHERE (r.source, r.edition_before, r.edition_after) = (:source, :before, :after)
    ORDER BY r.admin_code, r.id DESC
)
SELECT c.id, c.run_id, c.admin_code, c.change, c.class_before, c.class_after, c.patch_before, c.patch_after, c.area_m2,
       c.sliver, c.verdict, c.reason, c.judged_by, c.judged_at, c.version
FROM xiangtu.farmland_changes AS c JOIN last ON last.id = c.run_id
WHERE c.admin_code ^@ :prefix
ORDER BY c.sliver, c.area_m2 DESC, c.id
LIMIT :most
