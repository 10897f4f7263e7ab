"""A faithful stand-in of a Posit Connect server, for tests; see README.md."""
