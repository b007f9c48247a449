# Every rule of the Terraform set that is compiled into tflint.
plugin "terraform" {
  enabled = true
  preset  = "all"
}
