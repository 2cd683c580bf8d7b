"""Many workspaces and books that came alone, one report: found, read in parallel, counted once, summed up."""
