"""The journey: a piece of the network's life, played through the public interfaces only, and checked at each step."""
