"""Celeb-ID, the published data set: its files, and making them of photographs of one's own."""
