# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/kbst/kustomization" {
  version     = "0.9.8"
  constraints = "0.9.8"
  hashes = [
    "h1:5mZwt3bVXpQVgH/8hwuWY0x/KxrmXx6uBNGUrH2xgxM=",
    "h1:H4Fjeys5EJ26vOouNu/4Gh2kmU1QkVQv7USOFiaS3M8=",
    "h1:ZrwuBvFzYS1fxm8jwIYLDKkpyDA+ogPkJ9pC0HoOFR4=",
    "h1:hx/macFum5NPRjS53CLOwx/1FkBzVIOqi608ZluD/Co=",
  ]
}
