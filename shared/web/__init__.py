"""What the pages and feeds of every service are made with."""
