"""Ground floor: settings, the journal and the root of the error hierarchy."""
