"""The proof that alerts work: each fault is made for real, and what is waited for is what arrives at the pager."""
