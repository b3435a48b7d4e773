"""A package, so that tests share the texts of :mod:`tests.parity` however pytest is started."""
