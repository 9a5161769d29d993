"""What travels between the gateway and its clients: one set of models for validation, JSON and the description.

Nothing here knows a session, a socket or a clock. Gateway and client both import this room, and nothing of each other.
"""
