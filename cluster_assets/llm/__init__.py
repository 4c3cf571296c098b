"""The model side: clients, one rate limit, retries, cost. No rule of the domain here."""
