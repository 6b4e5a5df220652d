"""The benchmark: works, peers side by side on one core, every byte checked, medians of ratios inside one run."""
