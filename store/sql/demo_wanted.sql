-- Whether the demo city is missing, or half loaded: some of it is here, nobody else's data, and no indicators.
SELECT NOT EXISTS (SELECT 1 FROM feature.admin_units)
    OR (EXISTS (SELECT 1 FROM xiangtu.import_batches WHERE synthetic)
        AND NOT EXISTS (SELECT 1 FROM xiangtu.import_batches WHERE NOT synthetic AND state = 'done')
        AND NOT EXISTS (SELECT 1 FROM xiangtu.indicator_runs WHERE state = 'done'))
