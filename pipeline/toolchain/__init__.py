"""One pin per tool (toolchain/pins.toml), two suppliers: `devbox` brings it prebuilt, `source` builds the same version."""
