"""The home of advice: what waits for whoever has signed in, as requester, adviser, contact person or coordinator."""
