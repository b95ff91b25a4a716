"""What each page asks, and what it hands its template."""
