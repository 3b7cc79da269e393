-- Figures of a day that are about to be written anew.
DELETE FROM xiangtu.indicator_values
WHERE as_of = :as_of AND indicator_id = ANY(:indicator_ids) AND admin_code LIKE ANY(:patterns)
