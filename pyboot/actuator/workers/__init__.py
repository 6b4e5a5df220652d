"""One answer for several workers: what each of them has is asked for over their supervisor, and put together."""
