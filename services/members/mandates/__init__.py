"""Mandates: what an account may do for whom, who gave it, and those that wait for whoever proves an address."""
