-- Natural villages below a prefix, with the households and people that are known.
SELECT count(*) AS settlements,
       count(households) AS with_households,
       sum(households)::bigint AS households,
       count(population) AS with_population,
       sum(population)::bigint AS population
FROM feature.settlements
WHERE admin_code LIKE :prefix || '%'
