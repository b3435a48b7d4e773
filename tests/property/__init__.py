"""What holds for every text, every vocabulary and every corpus."""
