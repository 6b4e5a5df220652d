"""The meters of an application: its own and those of the framework, gathered where somebody asks. Nothing of it is on the hot path."""
