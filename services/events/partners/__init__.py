"""What partners read of the network: the pages of topics, types and fields, made from the contracts."""
