"""From definitions to a checked order: what each bean needs, who offers it, and whether the whole can be made."""
