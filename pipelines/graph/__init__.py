"""Tokens -> pages of bytes. HTTP and OData live here; tables do not."""
