-- The last run of each county over two editions.
SELECT DISTINCT ON (r.admin_code) r.id, r.admin_code, r.balance, r.tolerance, r.versions, r.synthetic, r.made_by, r.made_at
FROM xiangtu.farmland_runs AS r
WHERE (r.source, r.edition_before, r.edition_after) = (:source, :before, :after) AND r.admin_code ^@ :prefix
ORDER BY r.admin_code, r.id DESC
