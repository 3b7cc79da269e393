-- What became of saved quota: each parcel that has some, with what it is for and why; a parcel's last allotment tells.
SELECT a.lot AS project_no, project.name AS project_name, a.admin_code AS unit_code, unit.name AS unit_name,
       a.parcel_no, parcel.name AS parcel_name, parcel.admin_code AS parcel_code, held.amount_mu, told.purpose,
       told.reason, told.reference, told.effective_on, told.posting_id
FROM xiangtu.quota_accounts AS a
JOIN LATERAL (
    SELECT sum(l.amount_mu) AS amount_mu FROM xiangtu.quota_lines AS l
    WHERE l.account_id = a.id AND l.book = 'actual'
) AS held ON held.amount_mu > 0
LEFT JOIN LATERAL (
    SELECT p.id AS posting_id, p.purpose, p.reason, p.reference, p.effective_on
    FROM xiangtu.quota_lines AS l JOIN xiangtu.quota_postings AS p ON p.id = l.posting_id
    WHERE l.account_id = a.id AND p.book = 'actual' AND p.entry = 'allotted'
      AND NOT EXISTS (SELECT FROM xiangtu.quota_postings AS r WHERE r.reverses_id = p.id)
    ORDER BY p.effective_on DESC, p.id DESC LIMIT 1
) AS told ON true
JOIN feature.consolidation_projects AS project ON project.project_no = a.lot
LEFT JOIN feature.admin_units AS unit ON unit.admin_code = a.admin_code
LEFT JOIN feature.land_parcels AS parcel ON parcel.parcel_no = a.parcel_no
WHERE a.kind = 'saved' AND a.bucket = 'allotted' AND a.lot <> '' AND project.admin_code ^@ :prefix
  AND (CAST(:project_no AS text) IS NULL OR a.lot = :project_no)
ORDER BY a.lot, a.admin_code, a.parcel_no
