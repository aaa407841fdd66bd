"""All four services as one platform: run as processes, asked through their own HTTP APIs, killed, and compared."""
