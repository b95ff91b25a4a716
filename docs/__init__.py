"""Docs that are made from the code, and the check that they are."""
