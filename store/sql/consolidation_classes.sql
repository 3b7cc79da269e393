-- Areas of projects by land class before and after, of projects below a place.
SELECT c.project_no, c.land_class, coalesce(c.before_mu, 0) AS before_mu, coalesce(c.after_mu, 0) AS after_mu
FROM feature.consolidation_classes AS c
WHERE (CAST(:project_no AS text) IS NULL OR c.project_no = :project_no)
  AND EXISTS (SELECT FROM feature.consolidation_projects AS p
              WHERE p.project_no = c.project_no AND p.admin_code ^@ :prefix)
ORDER BY c.project_no, c.land_class
