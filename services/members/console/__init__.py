"""Where operators begin: the way to each service's console."""
