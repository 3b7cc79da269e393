-- Parcels with their review and their last check, as far as the transaction's person reads reviews.
SELECT p.parcel_no, p.name, p.admin_code, coalesce(p.parcel_kind, 'ordinary') AS parcel_kind, p.parcel_use,
    coalesce(p.quota_kind, 'reserve') AS quota_kind, p.project_no,
    d.digest,
    round(p.area_m2::numeric * 15 / 10000, 2) AS area_mu,
    coalesce(r.state, 'draft') AS state, coalesce(r.round, 0) AS round, coalesce(r.version, 0) AS version,
    r.due_on, r.due_on < (now() AT TIME ZONE 'Asia/Shanghai')::date AS overdue, r.changed_at, r.submitter,
    coalesce(r.submitters, '{}') AS submitters, coalesce(r.examiners, '{}') AS examiners,
    r.parcel_digest AS submitted_digest, r.posting_id,
    c.check_id, c.present AS check_present, c.prohibited, c.restricted, c.checked_at,
    s.id AS step_id, s.version AS step_version, s.round AS step_round, s.action, s.from_state, s.to_state, s.account_id,
    s.account_name, s.made_by, s.roles, s.at, s.remark, s.due_on AS step_due_on, s.parcel_digest AS step_digest,
    s.area_mu AS step_area_mu, s.check_id AS step_check_id, s.posting_id AS step_posting_id, s.record_id
FROM feature.land_parcels AS p
LEFT JOIN xiangtu.parcel_reviews AS r ON r.parcel_no = p.parcel_no
LEFT JOIN xiangtu.review_steps AS s ON s.parcel_no = p.parcel_no AND s.version = r.version
CROSS JOIN LATERAL (
    SELECT encode(sha256(convert_to(jsonb_build_array(p.admin_code, p.parcel_kind, p.parcel_use, p.quota_kind,
        p.project_no)::text, 'UTF8') || ST_AsBinary(p.geom, 'NDR')), 'hex') AS digest
) AS d
LEFT JOIN LATERAL (
    SELECT k.id AS check_id, k.checked_at,
        k.geometry_digest = md5(ST_AsBinary(p.geom, 'NDR'))
            AND k.parcel_kind IS NOT DISTINCT FROM p.parcel_kind AND k.admin_code = p.admin_code AS present,
        count(c.id) FILTER (WHERE c.severity = 'prohibited') AS prohibited,
        count(c.id) FILTER (WHERE c.severity = 'restricted') AS restricted
    FROM xiangtu.parcel_checks AS k
    LEFT JOIN xiangtu.parcel_conflicts AS c ON c.check_id = k.id AND NOT c.sliver
    WHERE k.parcel_no = p.parcel_no AND k.latest
    GROUP BY k.id
) AS c ON true
WHERE p.admin_code ^@ ANY ((SELECT access.prefixes('reviews', 'read'))::text[])
