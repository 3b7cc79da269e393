-- Sums of the pieces of the last runs over two editions, by village, change and verdict.
WITH last AS (
    SELECT DISTINCT ON (r.admin_code) r.id
    FROM xiangtu.farmland_runs AS r
    WHERE (r.source, r.edition_before, r.edition_after) = (:source, :before, :after)
    ORDER BY r.admin_code, r.id DESC
)
SELECT c.admin_code, c.change, c.sliver, c.verdict, count(*) AS pieces, sum(c.area_m2) AS area_m2
FROM xiangtu.farmland_changes AS c JOIN last ON last.id = c.run_id
WHERE c.admin_code ^@ :prefix
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
