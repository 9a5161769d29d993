"""Performs the effects of services on the real operating system: files, standard streams, clock, randomness."""
