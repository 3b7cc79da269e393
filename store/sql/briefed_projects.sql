-- Projects with the state that they had at the end of a day.
SELECT p.id, p.code, p.name, p.layer, p.kind, p.admin_code, p.villages, p.budget_yuan, p.planned_start,
       p.planned_finish, p.department, p.synthetic,
       coalesce(
           (SELECT s.before FROM xiangtu.project_states AS s
            WHERE s.project_id = p.id AND s.happened_on > :until ORDER BY s.happened_on, s.id LIMIT 1),
           p.state
       ) AS state
FROM xiangtu.projects AS p
WHERE p.admin_code ^@ :prefix OR EXISTS (SELECT FROM unnest(p.villages) AS v WHERE v ^@ :prefix)
ORDER BY p.code
