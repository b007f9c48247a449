module portcullis.invalid/toolchain/runc-shim

go 1.27
