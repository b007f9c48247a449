// Command attacker is what somebody would run who has taken over a pod: it tries things that must not work there.
//
// `attacker VERB ARGUMENT...` tries one thing and prints what came of it as one line of JSON. `attacker serve ADDRESS` waits for a list of
// such orders. It holds no exploit: each verb uses what the kernel or the network offers to whoever may use it, once, and undoes it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Outcome is what one attempt came to. With Error set it could not be made, which says nothing about the setting.
type Outcome struct {
	ID        string `json:"id,omitempty"`
	Succeeded bool   `json:"succeeded"`
	Detail    string `json:"detail"`
	Error     string `json:"error,omitempty"`
}

// A verb returns its evidence when it got what it wanted, and an error that names who refused when not.
type verb func(arguments []string) (string, error)

var verbs = map[string]verb{
	"arp":          arp,
	"become-root":  becomeRoot,
	"bounding-set": boundingSet,
	"capabilities": capabilities,
	"chroot":       chroot,
	"device":       device,
	"dial":         dial,
	"dns":          dns,
	"drop":         drop,
	"echo":         echo,
	"fill":         fill,
	"forks":        forks,
	"http":         httpGet,
	"memory":       memory,
	"memory-of":    memoryOf,
	"mount":        mount,
	"open":         open,
	"ping":         ping,
	"pivot":        pivot,
	"priority":     priority,
	"processes":    processes,
	"raw":          raw,
	"read":         read,
	"setns":        setns,
	"setuid":       setuid,
	"socket":       socket,
	"syscall":      filtered,
	"token":        token,
	"token-use":    tokenUse,
	"unshare-user": unshareUser,
	"write":        write,
}

// errOrder marks an order that makes no sense: nothing was tried.
var errOrder = errors.New("bad order")

func main() {
	arguments := os.Args[1:]
	switch {
	case len(arguments) == 2 && arguments[0] == "serve":
		fail(serve(arguments[1]))
	case len(arguments) > 1 && arguments[0] == "listen":
		fail(listen(arguments[1:]))
	case len(arguments) > 0 && arguments[0] == "who":
		fmt.Print(os.Geteuid())
	default:
		_ = json.NewEncoder(os.Stdout).Encode(try(arguments))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "attacker:", err)
	os.Exit(1)
}

func try(arguments []string) Outcome {
	if len(arguments) == 0 || verbs[arguments[0]] == nil {
		return Outcome{Error: fmt.Sprintf("no verb in %q", arguments)}
	}
	evidence, err := verbs[arguments[0]](arguments[1:])
	switch {
	case errors.Is(err, errOrder):
		return Outcome{Error: err.Error()}
	case err != nil:
		return Outcome{Detail: err.Error()}
	}
	return Outcome{Succeeded: true, Detail: evidence}
}

// first returns the evidence of the first attempt that works, or every error.
func first(of []string, attempt func(string) (string, error)) (string, error) {
	if len(of) == 0 {
		return "", errOrder
	}
	var refusals []error
	for _, each := range of {
		evidence, err := attempt(each)
		if err == nil {
			return evidence, nil
		}
		refusals = append(refusals, err)
	}
	return "", oneLine(refusals)
}

func oneLine(refusals []error) error {
	text := ""
	for number, each := range refusals {
		if number > 0 {
			text += "; "
		}
		text += each.Error()
	}
	return errors.New(text)
}
