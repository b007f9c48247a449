// Command runc-shim stands in for runc on a host that lacks CAP_SYS_RESOURCE.
//
// Without that capability the kernel refuses to raise resource limits, to lower oom_score_adj below zero, and to grant the capability
// itself, so every privileged container fails to start. The shim takes exactly those three requests out of the OCI configuration
// (https://github.com/opencontainers/runtime-spec/blob/main/config.md, "process") and then becomes the real runc. It grants nothing.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const missing = "CAP_SYS_RESOURCE"

// The real runc, under the name that the node image gives it and where distributions put it.
var candidates = []string{"/usr/sbin/runc.real", "/usr/sbin/runc", "/usr/bin/runc"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "runc-shim:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	path, nested := target(args)
	if path != "" {
		if err := rewrite(path, nested); err != nil {
			return err
		}
	}
	real, err := find(candidates)
	if err != nil {
		return err
	}
	return syscall.Exec(real, append([]string{"runc"}, args...), os.Environ())
}

// target returns the file that runc will read its process from, and whether the process is a member of it ("" when there is none).
func target(args []string) (path string, nested bool) {
	command := ""
	bundle := "."
	for i, arg := range args {
		switch {
		case command == "" && (arg == "create" || arg == "run" || arg == "restore" || arg == "exec"):
			command = arg
		case (arg == "--bundle" || arg == "-b") && i+1 < len(args):
			bundle = args[i+1]
		case (arg == "--process" || arg == "-p") && command == "exec" && i+1 < len(args):
			return args[i+1], false
		}
	}
	if command == "" || command == "exec" {
		return "", false
	}
	return filepath.Join(bundle, "config.json"), true
}

// rewrite takes the impossible requests out of the file, replacing it in one step.
func rewrite(path string, nested bool) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(before))
	decoder.UseNumber() // system call filters hold 64-bit values that a float would round
	if err := decoder.Decode(&document); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	process := document
	if nested {
		process, _ = document["process"].(map[string]any)
	}
	relax(process)
	after, err := json.Marshal(document)
	if err != nil {
		return err
	}
	beside := path + ".shim"
	if err := os.WriteFile(beside, after, 0o600); err != nil {
		return err
	}
	return os.Rename(beside, path)
}

func relax(process map[string]any) {
	delete(process, "rlimits")
	if score, ok := process["oomScoreAdj"].(json.Number); ok && strings.HasPrefix(score.String(), "-") {
		process["oomScoreAdj"] = 0
	}
	sets, _ := process["capabilities"].(map[string]any)
	for name, value := range sets {
		list, _ := value.([]any)
		kept := make([]any, 0, len(list))
		for _, capability := range list {
			if capability != missing {
				kept = append(kept, capability)
			}
		}
		sets[name] = kept
	}
}

// find returns the first candidate that exists and is not this program itself.
func find(paths []string) (string, error) {
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		return "", err
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && !os.SameFile(self, info) {
			return path, nil
		}
	}
	return "", fmt.Errorf("no runc at %v", paths)
}
