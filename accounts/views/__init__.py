"""The member's own pages, a file for each screen."""
