"""The member's orders and documents, a file for each screen."""
