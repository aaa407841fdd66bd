"""Notifications for members: one delivery log, mails in their language, copies for partner organisations."""
