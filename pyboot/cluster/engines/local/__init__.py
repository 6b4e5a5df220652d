"""The engine ``local``: nodes of one process, with knobs for what a network does."""
