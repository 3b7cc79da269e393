"""Analysis: pure functions on frames and arrays; nothing here knows a database or a page."""
