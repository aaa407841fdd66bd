"""Backups of the platform in containers: `make backup` and `make restore` are the shell scripts here."""
