"""Trio actors: the session that owns one machine, the supervisor that owns the sessions, the log that loses nothing."""
