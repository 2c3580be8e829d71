"""Reads of reports and categories."""
