"""The sections of a report, a module each: what a section shows, ready for its template."""
