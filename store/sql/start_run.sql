-- A computation of indicators began.
INSERT INTO xiangtu.indicator_runs (as_of, data_versions)
VALUES (:as_of, CAST(:versions AS jsonb))
RETURNING id
