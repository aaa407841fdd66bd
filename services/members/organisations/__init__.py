"""Organisations that run the network, and their programmes."""
