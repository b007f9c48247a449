module portcullis.invalid/toolchain/pager

go 1.27
