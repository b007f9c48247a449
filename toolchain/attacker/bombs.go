package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// The node's own control groups, where process 1 is the node's: outside of every pod. Version 1 has a tree for pids, version 2 one for all.
var outside = []string{"/proc/1/root/sys/fs/cgroup/pids/cgroup.procs", "/proc/1/root/sys/fs/cgroup/init.scope/cgroup.procs"}

// forks tries to leave the pod's control group and then makes so many processes, which all go with it.
func forks(arguments []string) (string, error) {
	if len(arguments) != 1 {
		return "", errOrder
	}
	wanted, err := strconv.Atoi(arguments[0])
	if err != nil || wanted > 2000 {
		return "", errOrder
	}
	for _, file := range outside {
		if os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())), 0) == nil {
			break
		}
	}
	runtime.LockOSThread() // children are told to die with the thread that made them
	for done := range wanted {
		if child, errno := fork(); errno != 0 {
			return "", fmt.Errorf("after %d processes: %w", done, errno)
		} else {
			defer end(child)
		}
	}
	return fmt.Sprintf("%d processes at once", wanted), nil
}

// fork makes a copy of this process that does nothing, without memory of Go's runtime being touched in it: only bare system calls.
//
//go:norace
//go:nosplit
func fork() (int, syscall.Errno) {
	const dieWithParent = 1 // PR_SET_PDEATHSIG
	child, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if child != 0 || errno != 0 {
		return int(child), errno
	}
	syscall.RawSyscall(syscall.SYS_PRCTL, dieWithParent, uintptr(syscall.SIGKILL), 0)
	pause := [2]int64{30, 0} // a timespec
	syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
	for {
		syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0)
	}
}

func end(child int) {
	_ = syscall.Kill(child, syscall.SIGKILL)
	_, _ = syscall.Wait4(child, nil, 0, nil)
}

// memory takes so many megabytes and uses every page of them.
func memory(arguments []string) (string, error) {
	if len(arguments) != 1 {
		return "", errOrder
	}
	megabytes, err := strconv.Atoi(arguments[0])
	if err != nil || megabytes > 1024 {
		return "", errOrder
	}
	const protection, kind = syscall.PROT_READ | syscall.PROT_WRITE, syscall.MAP_ANON | syscall.MAP_PRIVATE
	block, err := syscall.Mmap(-1, 0, megabytes<<20, protection, kind)
	if err != nil {
		return "", fmt.Errorf("mmap: %w", err)
	}
	for page := 0; page < len(block); page += os.Getpagesize() {
		block[page] = 1
	}
	return fmt.Sprintf("uses %d MB", megabytes), syscall.Munmap(block)
}
