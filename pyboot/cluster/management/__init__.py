"""What the management room tells of the cluster; imported where both are there alone."""
