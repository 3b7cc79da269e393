-- Counties with villages or townships that came, went, or have another place, level or kind than a run saw.
WITH old AS (
    SELECT admin_code, level, kind, geom FROM history.admin_units
    WHERE age(xmin) <= age(CAST(CAST(:horizon AS text) AS xid))
),
new AS (
    SELECT admin_code, level, kind, geom FROM feature.admin_units
    WHERE age(xmin) <= age(CAST(CAST(:horizon AS text) AS xid))
)
SELECT DISTINCT rpad(left(coalesce(new.admin_code, old.admin_code), 6), 12, '0')
FROM old FULL JOIN new USING (admin_code)
WHERE (old.level IN ('village', 'township') OR new.level IN ('village', 'township'))
  AND ((old.level, old.kind) IS DISTINCT FROM (new.level, new.kind)
       OR ST_AsBinary(old.geom) IS DISTINCT FROM ST_AsBinary(new.geom))
