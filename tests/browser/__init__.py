"""Tests in a real browser, against the demo's own processes."""
