"""Notifications for members: one delivery log, mails in their language, and copies for partner organisations' systems."""
