"""The HTTP side of a process: its app, what it lets in and refuses, and how it says so."""
