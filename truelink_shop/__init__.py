"""The project: settings, addresses, and the entry points of the web, worker and beat processes."""
