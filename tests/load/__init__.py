"""The four services under more than they bear: what they answer, how soon, and what it costs them."""
