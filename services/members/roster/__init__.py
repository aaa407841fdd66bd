"""The members of an organisation, as its coordinators look for them."""
