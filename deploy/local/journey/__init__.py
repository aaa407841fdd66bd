"""The journey: a piece of the network's life, played through the public doors only, and checked at each step."""
