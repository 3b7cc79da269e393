"""A site of three villages and a page with a map: what the tests of the map's runtime drive."""
