-- What the leaders' page is made of, as marks that differ as soon as any of it does.
SELECT current_database() AS base,
       (SELECT max(as_of) FROM xiangtu.indicator_runs WHERE state = 'done') AS as_of,
       (SELECT max(finished_at) FROM xiangtu.indicator_runs WHERE state = 'done') AS computed_at,
       (SELECT coalesce(sum(version), 0) FROM xiangtu.layer_versions)::bigint AS layers,
       (SELECT count(*) FROM xiangtu.projects) AS projects,
       (SELECT max(changed_at) FROM xiangtu.projects) AS projects_changed,
       (SELECT max(id) FROM xiangtu.project_states) AS states,
       (SELECT max(id) FROM xiangtu.progress_reports) AS reports,
       (SELECT max(reported_on) FROM xiangtu.accepted_reports) AS reported_on,
       (SELECT (max(submitted_at) AT TIME ZONE 'Asia/Shanghai')::date FROM xiangtu.progress_reports) AS handed_on,
       (SELECT max(checked_at) FROM xiangtu.progress_checks) AS checked,
       (SELECT max(id) FROM xiangtu.quota_postings) AS postings,
       (SELECT max(id) FROM xiangtu.review_steps) AS steps
