"""Views: each parses, asks permission, calls one verb, renders."""
