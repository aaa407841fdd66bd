"""Who asks, and whom an endpoint serves: sessions, tokens, mandates, and what each service holds of them."""
