"""The resources of the HTTP interface, one module each. Every module lists its endpoints in ENDPOINTS."""
