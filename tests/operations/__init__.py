"""What keeps the shop running: backup, containers, production's processes, logs."""
