-- The state that each project of a place had at the end of a day: what the first change after it says was before.
SELECT p.id AS project_id,
       coalesce(
           (SELECT s.before FROM xiangtu.project_states AS s
            WHERE s.project_id = p.id AND s.happened_on > :until ORDER BY s.happened_on, s.id LIMIT 1),
           p.state
       ) AS state
FROM xiangtu.projects AS p
WHERE p.admin_code ^@ :prefix
ORDER BY p.id
