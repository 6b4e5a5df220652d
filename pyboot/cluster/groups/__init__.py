"""Groups of channels with members on all nodes."""
