-- Version of the server, and whether PostGIS is offered there, installed here, and may be installed by this user.
SELECT current_setting('server_version') AS server,
       current_database() AS database,
       current_user AS user,
       (SELECT default_version FROM pg_available_extensions WHERE name = 'postgis') AS available,
       (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS installed,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS may_install
