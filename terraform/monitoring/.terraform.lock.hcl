# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/kbst/kustomization" {
  version     = "0.9.8"
  constraints = "0.9.8"
  hashes = [
    "h1:5mZwt3bVXpQVgH/8hwuWY0x/KxrmXx6uBNGUrH2xgxM=",
    "h1:X0AC4EMkRvvgjnidUPJSE8Ou8JOV0p8kmHP4K2zf9f8=",
    "h1:gPk5AVr5W7fwePpeWbwviPaWjfHmAeFpRtJfuRJ5ZOE=",
    "h1:hx/macFum5NPRjS53CLOwx/1FkBzVIOqi608ZluD/Co=",
  ]
}
