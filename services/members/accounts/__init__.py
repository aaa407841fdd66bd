"""Accounts: who signs in, by which identities, for which member, and the addresses that members have proved."""
