"""The engines of proof: each file is the only one that knows its foreign library."""
