"""The map room: the map's state, its runtime in the browser, classes, ramps, legends, printed extracts.

`base_map` shows the map in a page; `state` is what a page says about it; `vector_layer` makes map layers from
layer declarations; `classes` and `ramps` colour a theme; `legend` explains it; `extract` draws for paper;
`assets` names the files that the browser needs.
"""
