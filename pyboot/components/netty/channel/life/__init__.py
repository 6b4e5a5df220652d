"""The life of a channel: what it reads (`reading`), what it writes (`writing`), how it ends (`closing`), within which budget and time."""
