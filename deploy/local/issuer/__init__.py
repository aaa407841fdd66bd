"""The demo's issuer: a small OpenID provider, whose accounts are synthetic persons that anybody may sign in as."""
