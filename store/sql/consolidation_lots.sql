-- Where the quota of each project is: by lot, unit and bucket, what is there of all days.
SELECT a.lot AS project_no, a.kind, a.bucket, a.admin_code, sum(l.amount_mu) AS amount_mu
FROM xiangtu.quota_lines AS l JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
WHERE a.lot <> '' AND l.book = 'actual'
  AND (CAST(:project_no AS text) IS NULL OR a.lot = :project_no)
  AND EXISTS (SELECT FROM feature.consolidation_projects AS p
              WHERE p.project_no = a.lot AND p.admin_code ^@ :prefix)
GROUP BY 1, 2, 3, 4
HAVING sum(l.amount_mu) <> 0
ORDER BY 1, 2, 3, 4
