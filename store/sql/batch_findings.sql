-- What was found in one file, in the order of its rows.
SELECT row_no, column_title, value, rule, remedy, message_zh, message_en
FROM xiangtu.import_findings
WHERE batch_id = :batch_id
ORDER BY row_no NULLS FIRST, id
LIMIT :most
