package main

// System calls that Go's own table lacks (arch/x86/entry/syscalls/syscall_64.tbl).
const (
	numberNameToHandle = 303
	numberOpenByHandle = 304
	numberSetns        = 308
	numberBPF          = 321
	numberUserfaultfd  = 323
)
