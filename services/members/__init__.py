"""Who belongs to the network: organisations, programmes, members and what they are to each organisation."""
