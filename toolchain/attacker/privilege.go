package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

const nobody = 65532

// becomeRoot asks for user 0.
func becomeRoot([]string) (string, error) {
	if err := syscall.Setuid(0); err != nil {
		return "", fmt.Errorf("setuid(0): %w", err)
	}
	return fmt.Sprintf("runs as user %d", os.Geteuid()), nil
}

// setuid starts a program that belongs to root and has the setuid bit, as an ordinary user, and wants it to run as root.
func setuid(programs []string) (string, error) {
	return first(programs, func(program string) (string, error) {
		child := exec.Command(program, "who")
		if os.Geteuid() == 0 {
			child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		user, err := child.Output()
		if err != nil {
			return "", err
		}
		if string(user) != "0" {
			return "", fmt.Errorf("%s runs as user %s", program, user)
		}
		return program + " runs as root", nil
	})
}

// capabilities takes every capability that the kernel still lets this process have.
func capabilities([]string) (string, error) {
	before, err := status("CapEff")
	if err != nil {
		return "", err
	}
	limit, err := status("CapBnd")
	if err != nil {
		return "", err
	}
	runtime.LockOSThread()
	if limit == 0 {
		limit = 1<<37 - 1
	}
	header := [2]uint32{0x20080522, 0} // _LINUX_CAPABILITY_VERSION_3
	low, high := uint32(limit), uint32(limit>>32)
	sets := [6]uint32{low, low, 0, high, high, 0}
	if err := call(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets))); err != nil {
		return "", fmt.Errorf("capset, with %x in effect: %w", before, err)
	}
	return fmt.Sprintf("holds capabilities %x", limit), nil
}

// boundingSet looks whether any capability is left that a program with file capabilities or a setuid bit could bring back.
func boundingSet([]string) (string, error) {
	limit, err := status("CapBnd")
	if err != nil {
		return "", err
	}
	if limit == 0 {
		return "", errors.New("the bounding set is empty")
	}
	return fmt.Sprintf("the bounding set is %x", limit), nil
}

func status(field string) (uint64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	return hexadecimal(string(text), field)
}

func hexadecimal(text, field string) (uint64, error) {
	for _, line := range strings.Split(text, "\n") {
		if value, found := strings.CutPrefix(line, field+":"); found {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, fmt.Errorf("no %s", field)
}

// processes looks for programs by name among all processes that can be seen.
func processes(names []string) (string, error) {
	return first(names, func(name string) (string, error) {
		number, err := find(name)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("sees %s as process %d", name, number), nil
	})
}

func find(name string) (int, error) {
	files, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(text)) == name {
			return strconv.Atoi(filepath.Base(filepath.Dir(file)))
		}
	}
	return 0, fmt.Errorf("no process %s among %d", name, len(files))
}

// memoryOf reads a few bytes out of another program's memory.
func memoryOf(names []string) (string, error) {
	return first(names, func(name string) (string, error) {
		number, err := find(name)
		if err != nil {
			return "", err
		}
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", number))
		if err != nil {
			return "", err
		}
		start, _, _ := strings.Cut(string(maps), "-")
		address, err := strconv.ParseInt(start, 16, 64)
		if err != nil {
			return "", fmt.Errorf("the memory of %s is not shown", name)
		}
		file, err := os.Open(fmt.Sprintf("/proc/%d/mem", number))
		if err != nil {
			return "", err
		}
		defer file.Close()
		if _, err := file.ReadAt(make([]byte, 16), address); err != nil {
			return "", err
		}
		return fmt.Sprintf("read the memory of %s, process %d", name, number), nil
	})
}

// setns enters the namespaces of process 1, if they are others than its own.
func setns([]string) (string, error) {
	return first([]string{"mnt", "uts", "ipc", "net"}, func(kind string) (string, error) {
		own, _ := os.Readlink("/proc/self/ns/" + kind)
		file, err := os.Open("/proc/1/ns/" + kind)
		if err != nil {
			return "", err
		}
		defer file.Close()
		if other, _ := os.Readlink("/proc/1/ns/" + kind); other == own {
			return "", fmt.Errorf("process 1 is in the same %s namespace", kind)
		}
		runtime.LockOSThread()
		if kind == "mnt" { // the kernel wants a thread that shares its working directory with no other
			if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
				return "", err
			}
		}
		if err := call(numberSetns, file.Fd(), 0); err != nil {
			return "", fmt.Errorf("setns: %w", err)
		}
		return "entered the " + kind + " namespace of process 1", nil
	})
}

// priority puts itself before all others on the processor.
func priority([]string) (string, error) {
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, -20); err != nil {
		return "", fmt.Errorf("setpriority: %w", err)
	}
	return "runs at priority -20", nil
}
