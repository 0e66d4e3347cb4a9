"""What happened, what was declared and what follows from it: pure values and functions."""
