"""The published marts on a page in a browser."""
