package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// write makes a file in the first folder that lets it, and removes it again.
func write(folders []string) (string, error) {
	return first(folders, func(folder string) (string, error) {
		path, err := place(folder, []byte("x"), 0o600)
		if err != nil {
			return "", err
		}
		return "wrote " + path, os.Remove(path)
	})
}

func place(folder string, content []byte, mode os.FileMode) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "portcullis-attacker")
	if err := os.WriteFile(path, content, mode); err != nil {
		return "", err
	}
	return path, nil
}

// open opens the first file that can be opened for writing, and writes nothing: the kernel asks for permission when it is opened.
func open(paths []string) (string, error) {
	return first(paths, func(path string) (string, error) {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return "", err
		}
		return path + " is open for writing", file.Close()
	})
}

// read reads the first file that can be read, and tells nothing of it but its size.
func read(paths []string) (string, error) {
	return first(paths, func(path string) (string, error) {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer file.Close()
		size, err := file.Read(make([]byte, 4096))
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		return fmt.Sprintf("read %d bytes of %s", size, path), nil
	})
}

// drop puts a program into the first folder that takes it and runs it from there.
func drop(folders []string) (string, error) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return "", err
	}
	return first(folders, func(folder string) (string, error) {
		path, err := place(folder, self, 0o700)
		if err != nil {
			return "", err
		}
		defer os.Remove(path)
		if _, err := exec.Command(path, "who").Output(); err != nil {
			return "", err
		}
		return "ran " + path, nil
	})
}

// fill writes so many megabytes into the first folder that takes them, and removes them again.
func fill(arguments []string) (string, error) {
	if len(arguments) < 2 {
		return "", errOrder
	}
	megabytes, err := strconv.Atoi(arguments[0])
	if err != nil {
		return "", errOrder
	}
	return first(arguments[1:], func(folder string) (string, error) {
		path, err := place(folder, nil, 0o600)
		if err != nil {
			return "", err
		}
		defer os.Remove(path)
		return "filled " + path, pour(path, megabytes)
	})
}

func pour(path string, megabytes int) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	for done := range megabytes {
		if _, err := file.Write(make([]byte, 1<<20)); err != nil {
			return fmt.Errorf("after %d MB: %w", done, err)
		}
	}
	return nil
}

// device makes a device file of the given numbers and reads from the device.
func device(arguments []string) (string, error) {
	if len(arguments) != 3 {
		return "", errOrder
	}
	major, err := strconv.Atoi(arguments[0])
	if err != nil {
		return "", errOrder
	}
	minor, err := strconv.Atoi(arguments[1])
	if err != nil {
		return "", errOrder
	}
	if err := os.MkdirAll(arguments[2], 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(arguments[2], "portcullis-device")
	if err := syscall.Mknod(path, syscall.S_IFCHR|0o600, major<<8|minor); err != nil {
		return "", fmt.Errorf("mknod: %w", err)
	}
	defer os.Remove(path)
	return read([]string{path})
}
