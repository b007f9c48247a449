"""What a release is made of and by whom, signed: bills of materials, provenance, and whether another build gives the same bytes."""
