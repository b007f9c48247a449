package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

// Order asks for one attempt within so many seconds.
type Order struct {
	ID      string   `json:"id"`
	Words   []string `json:"words"`
	Seconds float64  `json:"seconds"`
}

// serve answers the probes of the pod whose place it takes, and makes the attempts that are posted to /run.
func serve(address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(answer, "attacker") })
	mux.HandleFunc("POST /run", func(answer http.ResponseWriter, request *http.Request) {
		var orders []Order
		if err := json.NewDecoder(request.Body).Decode(&orders); err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		for _, order := range orders {
			_ = json.NewEncoder(answer).Encode(carryOut(order, "/proc/self/exe"))
			_ = http.NewResponseController(answer).Flush() // whatever an attempt does to this process, what came before is told
		}
	})
	server := http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// carryOut makes one attempt in a process of its own: it may be killed, and what it did to itself is gone with it.
func carryOut(order Order, program string) Outcome {
	limit, cancel := context.WithTimeout(context.Background(), time.Duration(order.Seconds*float64(time.Second)))
	defer cancel()
	child := exec.CommandContext(limit, program, order.Words...)
	child.WaitDelay = time.Second
	var said, complained bytes.Buffer
	child.Stdout, child.Stderr = &said, &complained
	err := child.Run()
	outcome := Outcome{ID: order.ID}
	var ended *exec.ExitError
	switch {
	case limit.Err() != nil:
		outcome.Detail = fmt.Sprintf("no answer within %g s", order.Seconds)
	case errors.As(err, &ended):
		// The kernel kills a process for memory or for a filtered system call, and Go's runtime aborts without threads: all are refusals.
		outcome.Detail = strings.TrimSpace(ended.String() + " " + strings.SplitN(complained.String(), "\n", 2)[0])
	case err != nil:
		outcome.Error = err.Error()
	default:
		if err := json.Unmarshal(said.Bytes(), &outcome); err != nil {
			outcome.Error = fmt.Sprintf("said %q", said.String())
		}
		outcome.ID = order.ID
	}
	return outcome
}

const answer = "portcullis-pentest-listener"

// listen plays destinations, given as tcp:ADDRESS:PORT or udp:ADDRESS:PORT, until it is ended: tcp answers HTTP, udp says the same back.
func listen(places []string) error {
	failed := make(chan error)
	for _, place := range places {
		network, address, _ := strings.Cut(place, ":")
		if network == "udp" {
			connection, err := net.ListenPacket(network, address)
			if err != nil {
				return err
			}
			go func() { failed <- sayBack(connection) }()
			continue
		}
		listener, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		handler := http.HandlerFunc(func(reply http.ResponseWriter, _ *http.Request) { fmt.Fprintln(reply, answer) })
		server := http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
		go func() { failed <- server.Serve(listener) }()
	}
	return <-failed
}

func sayBack(connection net.PacketConn) error {
	buffer := make([]byte, 2048)
	for {
		size, from, err := connection.ReadFrom(buffer)
		if err != nil {
			return err
		}
		_, _ = connection.WriteTo(buffer[:size], from)
	}
}
