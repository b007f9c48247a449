"""Debian packages by lock: resolved by apt against signed indexes, fetched by hash, unpacked without running anything."""
