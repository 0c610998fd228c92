"""Operations on many tasks, wherever they wait: which ones, how many at once, and how fast."""
