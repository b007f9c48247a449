"""The proof that each gate says no: violations planted in copies of this very tree, and attacks on the gates themselves."""
