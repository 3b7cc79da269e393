-- A computation of indicators began.
INSERT INTO xiangtu.indicator_runs (as_of, data_versions, kind, horizon, program)
VALUES (:as_of, CAST(:versions AS jsonb), :kind, :horizon, :program)
RETURNING id
