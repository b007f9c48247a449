module portcullis.invalid/toolchain/attacker

go 1.27
