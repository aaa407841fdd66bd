"""An offer is planned by a coordinator, written anew, and used again."""
