-- Natural villages by unit of a level, with households and people; NULL where one of them does not state them.
SELECT rpad(left(admin_code, :digits), 12, '0') AS admin_code, count(*) AS settlements,
       CASE WHEN count(households) = count(*) THEN sum(households) END AS households,
       CASE WHEN count(population) = count(*) THEN sum(population) END AS population
FROM feature.settlements
WHERE admin_code LIKE :prefix || '%'
GROUP BY 1
ORDER BY 1
