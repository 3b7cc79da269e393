-- Approved parcels whose digest of the approval would be another one with the rows given; the digest as in migration 0018.
SELECT p.parcel_no
FROM unnest(
    CAST(:parcel_no AS text[]), CAST(:admin_code AS text[]), CAST(:parcel_kind AS text[]), CAST(:parcel_use AS text[]),
    CAST(:quota_kind AS text[]), CAST(:project_no AS text[]), CAST(:shape AS bytea[])
) AS g(parcel_no, admin_code, parcel_kind, parcel_use, quota_kind, project_no, shape)
JOIN feature.land_parcels AS p ON p.parcel_no = g.parcel_no
JOIN xiangtu.parcel_reviews AS r ON r.parcel_no = p.parcel_no AND r.state = 'approved'
WHERE r.parcel_digest IS DISTINCT FROM encode(sha256(convert_to(jsonb_build_array(
    coalesce(g.admin_code, p.admin_code), coalesce(g.parcel_kind, p.parcel_kind), coalesce(g.parcel_use, p.parcel_use),
    coalesce(g.quota_kind, p.quota_kind), coalesce(g.project_no, p.project_no))::text, 'UTF8')
    || coalesce(g.shape, ST_AsBinary(p.geom, 'NDR'))), 'hex')
ORDER BY p.parcel_no
