"""All that a commit's run left, in one signed archive that anybody can check without this machine, a cluster or a network."""
