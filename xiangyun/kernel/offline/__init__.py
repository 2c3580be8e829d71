"""What phones wrote where there was no signal: it arrives whole, once, in order, or stays where somebody sees it."""
