"""Pages: one for each question a person asks; thin, no SQL, no geometry."""
