-- Pieces of earlier runs over the same editions of a county that a run has found again: they are its pieces now.
UPDATE xiangtu.farmland_changes AS c SET run_id = :run
FROM (
    SELECT DISTINCT ON (p.digest) p.id
    FROM xiangtu.farmland_changes AS p JOIN xiangtu.farmland_runs AS r ON r.id = p.run_id
    WHERE (r.admin_code, r.source, r.edition_before, r.edition_after) = (:code, :source, :before, :after)
      AND p.digest = ANY (CAST(:digests AS text[]))
    ORDER BY p.digest, p.run_id DESC
) AS known
WHERE c.id = known.id
RETURNING c.digest
