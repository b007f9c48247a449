"""A small HTTP service: `GET /hash/{text}` answers the lower-case SHA-1 digest of a text."""
