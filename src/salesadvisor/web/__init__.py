"""The faces in a browser: the report page."""
