"""The ways out: mails, handed to the mail server of their target."""
