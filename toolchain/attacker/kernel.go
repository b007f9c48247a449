package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"
)

func call(number uintptr, arguments ...uintptr) error {
	_, err := answerOf(number, arguments...)
	return err
}

func answerOf(number uintptr, arguments ...uintptr) (uintptr, error) {
	var a [6]uintptr
	copy(a[:], arguments)
	value, _, errno := syscall.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return value, errno
	}
	return value, nil
}

func text(words string) uintptr {
	bytes, _ := syscall.BytePtrFromString(words)
	return uintptr(unsafe.Pointer(bytes))
}

// filtered makes a system call that a container has no use for and that the runtime's filter keeps from the kernel.
func filtered(names []string) (string, error) {
	if len(names) != 1 || systemCalls[names[0]] == nil {
		return "", errOrder
	}
	if err := systemCalls[names[0]](); err != nil {
		return "", fmt.Errorf("%s: %w", names[0], err)
	}
	return names[0] + " was done by the kernel", nil
}

var systemCalls = map[string]func() error{
	"add_key": func() error {
		const processKeyring = ^uintptr(1) // KEY_SPEC_PROCESS_KEYRING, -2
		return call(syscall.SYS_ADD_KEY, text("user"), text("portcullis"), text("1234"), 4, processKeyring)
	},
	"keyctl": func() error {
		const getKeyringID, sessionKeyring = 0, ^uintptr(2) // KEY_SPEC_SESSION_KEYRING, -3
		return call(syscall.SYS_KEYCTL, getKeyringID, sessionKeyring, 1)
	},
	"bpf": func() error {
		// BPF_MAP_CREATE of an array with one value of four bytes.
		attributes := [32]uint32{2, 4, 4, 1}
		return closed(answerOf(numberBPF, 0, uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes)))
	},
	"perf_event_open": func() error {
		attributes := struct { // perf_event_attr, version 0: software event, processor clock
			kind, size uint32
			rest       [7]uint64
		}{kind: 1, size: 64}
		const anyProcessor, noGroup = ^uintptr(0), ^uintptr(0)
		return closed(answerOf(syscall.SYS_PERF_EVENT_OPEN, uintptr(unsafe.Pointer(&attributes)), 0, anyProcessor, noGroup, 0))
	},
	"userfaultfd": func() error {
		const userModeOnly = 1
		return closed(answerOf(numberUserfaultfd, userModeOnly))
	},
	"io_uring_setup": func() error {
		var parameters [30]uint32
		return closed(answerOf(425, 1, uintptr(unsafe.Pointer(&parameters))))
	},
	"fsopen": func() error { return closed(answerOf(430, text("tmpfs"), 0)) },
	"syslog": func() error {
		const readAll = 3
		buffer := make([]byte, 1024)
		return call(syscall.SYS_SYSLOG, readAll, uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	},
	"open_by_handle_at": openByHandle,
}

func closed(descriptor uintptr, err error) error {
	if err != nil {
		return err
	}
	return syscall.Close(int(descriptor))
}

// openByHandle opens a file by its number instead of its name, past every mount: /etc/hosts lies on the node's disk.
func openByHandle() error {
	file, err := os.Open("/etc/hosts")
	if err != nil {
		return err
	}
	defer file.Close()
	handle := struct {
		size  uint32
		kind  int32
		bytes [128]byte
	}{size: 128}
	var mount int32
	here := ^uintptr(99) // AT_FDCWD, -100
	if err := call(numberNameToHandle, here, text("/etc/hosts"), uintptr(unsafe.Pointer(&handle)), uintptr(unsafe.Pointer(&mount)), 0); err != nil {
		return err
	}
	return closed(answerOf(numberOpenByHandle, file.Fd(), uintptr(unsafe.Pointer(&handle)), syscall.O_RDONLY))
}

// mount mounts a file system; the mount goes with the mount namespace that is made for it where that is allowed.
func mount(arguments []string) (string, error) {
	if len(arguments) != 2 {
		return "", errOrder
	}
	runtime.LockOSThread()
	_ = apart()
	if err := os.MkdirAll(arguments[1], 0o700); err != nil {
		return "", err
	}
	if err := syscall.Mount("portcullis", arguments[1], arguments[0], 0, ""); err != nil {
		return "", fmt.Errorf("mount: %w", err)
	}
	_ = syscall.Unmount(arguments[1], syscall.MNT_DETACH)
	return fmt.Sprintf("mounted %s on %s", arguments[0], arguments[1]), nil
}

// apart gives this thread mounts of its own.
func apart() error {
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		return err
	}
	return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
}

// unshareUser makes a user namespace, in which anybody is root and the kernel shows much more of itself.
func unshareUser([]string) (string, error) {
	child, err := os.StartProcess("/proc/self/exe", []string{"attacker", "who"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}})
	if err != nil {
		return "", fmt.Errorf("user namespace: %w", err)
	}
	_, err = child.Wait()
	return "made a user namespace", err
}

// chroot goes into a folder as its root and, the old way, out of it again.
func chroot([]string) (string, error) {
	outside, err := os.Stat("/")
	if err != nil {
		return "", err
	}
	if err := syscall.Chroot("/proc"); err != nil { // any folder will do to ask for the permission
		return "", fmt.Errorf("chroot: %w", err)
	}
	// The working directory stayed outside of the new root, and so ".." leads on to the true one.
	for range 64 {
		if err := os.Chdir(".."); err != nil {
			return "", err
		}
	}
	if err := syscall.Chroot("."); err != nil {
		return "", err
	}
	if back, err := os.Stat("/"); err != nil || !os.SameFile(outside, back) {
		return "", errors.New("did not get out")
	}
	return "went into a root of its own and out of it", nil
}

// pivot makes another file system the root, as a container runtime does.
func pivot(arguments []string) (string, error) {
	if len(arguments) != 1 {
		return "", errOrder
	}
	runtime.LockOSThread()
	if err := apart(); err != nil {
		return "", fmt.Errorf("mount namespace: %w", err)
	}
	if err := os.MkdirAll(arguments[0], 0o700); err != nil {
		return "", err
	}
	if err := syscall.Mount("portcullis", arguments[0], "tmpfs", 0, ""); err != nil {
		return "", err
	}
	old := filepath.Join(arguments[0], "old")
	if err := os.Mkdir(old, 0o700); err != nil {
		return "", err
	}
	if err := syscall.PivotRoot(arguments[0], old); err != nil {
		return "", fmt.Errorf("pivot_root: %w", err)
	}
	return "has another root", nil
}
