-- One piece.
SELECT c.id, c.run_id, c.admin_code, c.change, c.class_before, c.class_after, c.patch_before, c.patch_after, c.area_m2,
       c.sliver, c.verdict, c.reason, c.judged_by, c.judged_at, c.version
FROM xiangtu.farmland_changes AS c
WHERE c.id = :id
