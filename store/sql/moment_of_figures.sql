-- The moment from which figures that are about to be stored are known: now, but not before earlier ones of their day.
SELECT greatest(clock_timestamp(),
                (SELECT max(finished_at) FROM xiangtu.indicator_runs WHERE as_of = :as_of AND state = 'done'))
