"""A page on this machine on which people choose whose eyes to open, and how."""
