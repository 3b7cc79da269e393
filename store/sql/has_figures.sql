-- Whether a day has figures that are about to be written anew.
SELECT EXISTS (
    SELECT FROM xiangtu.indicator_values
    WHERE as_of = :as_of AND indicator_id = ANY(:indicator_ids) AND admin_code LIKE ANY(:patterns)
)
