"""A small HTTP service: `GET /checksum?of=TEXT` answers the CRC-32 of a text, as JSON."""
