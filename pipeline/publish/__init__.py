"""Staged rows -> the tables: duplicates marked, audited, one object and one commit per table."""
