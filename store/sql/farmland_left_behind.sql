-- Judged pieces of earlier runs over the same editions that are found no more.
SELECT count(*)
FROM xiangtu.farmland_changes AS c JOIN xiangtu.farmland_runs AS r ON r.id = c.run_id
WHERE c.run_id <> :run
  AND (r.admin_code, r.source, r.edition_before, r.edition_after) = (:code, :source, :before, :after)
