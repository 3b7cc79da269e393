"""PostGIS: engine, embedded cluster, migrations, models, queries, bulk load."""
