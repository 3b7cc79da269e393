-- Pieces that a run over the same editions finds no more, and of which nobody has said anything.
DELETE FROM xiangtu.farmland_changes AS c
USING xiangtu.farmland_runs AS r
WHERE r.id = c.run_id AND c.run_id <> :run AND c.version = 1
  AND (r.admin_code, r.source, r.edition_before, r.edition_after) = (:code, :source, :before, :after)
