"""Live pipeline surgery: handlers put into running pipelines for a while, and what passes there."""
