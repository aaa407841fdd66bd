"""What an organisation's coordinators say of a member: the affiliations are theirs to change, a profile they fill."""
