"""Same ids as the peers: the texts, the comparison, and the tests."""
