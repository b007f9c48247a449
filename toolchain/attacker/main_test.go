package main

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestAVerbThatDoesNotExistIsAnErrorAndNoRefusal(t *testing.T) {
	for _, words := range [][]string{nil, {"fly"}, {"syscall", "reboot"}, {"forks", "many"}, {"forks", "2001"}, {"memory", "4096"}, {"http", "one"}, {"write"}} {
		if outcome := try(words); outcome.Error == "" || outcome.Succeeded || outcome.Detail != "" {
			t.Errorf("try(%q) = %+v", words, outcome)
		}
	}
}

func TestTheFirstFolderThatTakesAFileIsWrittenTo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(t.TempDir(), "new")
	want := Outcome{Succeeded: true, Detail: "wrote " + good + "/portcullis-attacker"}
	if got := try([]string{"write", filepath.Join(file, "x"), good}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if left, _ := os.ReadDir(good); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestARefusalNamesEveryPlaceThatRefused(t *testing.T) {
	got := try([]string{"read", "/nonexistent/a", "/nonexistent/b"})
	if got.Succeeded || !strings.Contains(got.Detail, "/nonexistent/a") || !strings.Contains(got.Detail, "/nonexistent/b") {
		t.Errorf("got %+v", got)
	}
}

func TestListenersAnswerWhatTheVerbsAsk(t *testing.T) {
	web, mirror := free(t, "tcp"), free(t, "udp")
	go func() { _ = listen([]string{"tcp:" + web, "udp:" + mirror}) }()
	for _, words := range [][]string{{"dial", web}, {"http", "http://" + web + "/latest", answer}, {"echo", mirror}, {"dns", mirror, "secret.example"}} {
		outcome := try(words)
		for attempt := 0; !outcome.Succeeded && attempt < 50; attempt++ {
			outcome = try(words)
		}
		if !outcome.Succeeded {
			t.Errorf("%q: %+v", words, outcome)
		}
	}
	if outcome := try([]string{"http", "http://" + web, "something else"}); outcome.Succeeded {
		t.Errorf("another answer was taken: %+v", outcome)
	}
}

func free(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		connection, err := net.ListenPacket(network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		return connection.LocalAddr().String()
	}
	listener, err := net.Listen(network, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestAnOrderRunsInAProcessOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		words  []string
		limit  float64
		expect Outcome
	}{
		{[]string{"-c", `echo '{"succeeded":true,"detail":"in"}'`}, 10, Outcome{ID: "x", Succeeded: true, Detail: "in"}},
		{[]string{"-c", "kill -KILL $$"}, 10, Outcome{ID: "x", Detail: "signal: killed"}},
		{[]string{"-c", "echo 'runtime: no threads' >&2; exit 2"}, 10, Outcome{ID: "x", Detail: "exit status 2 runtime: no threads"}},
		{[]string{"-c", "exec sleep 9"}, 0.2, Outcome{ID: "x", Detail: "no answer within 0.2 s"}},
		{[]string{"-c", "echo nonsense"}, 10, Outcome{ID: "x", Error: `said "nonsense\n"`}},
	} {
		if got := carryOut(Order{"x", c.words, c.limit}, "/bin/sh"); !reflect.DeepEqual(got, c.expect) {
			t.Errorf("%q: got %+v, want %+v", c.words, got, c.expect)
		}
	}
	if got := carryOut(Order{"x", nil, 1}, "/nonexistent"); got.Error == "" {
		t.Errorf("a program that cannot be started: %+v", got)
	}
}

func TestAnEchoRequestHasAValidChecksum(t *testing.T) {
	sum := uint32(0)
	for packet := echoRequest(); len(packet) > 0; packet = packet[2:] {
		sum += uint32(binary.BigEndian.Uint16(packet))
	}
	if folded := uint16(sum + sum>>16); folded != 0xffff {
		t.Errorf("sums up to %x", folded)
	}
}

func TestAFieldOfTheProcessStatusIsReadAsHexadecimal(t *testing.T) {
	text := "CapEff:\t0000000000000000\nCapBnd:\t000001fffeffffff\n"
	if got, err := hexadecimal(text, "CapBnd"); got != 0x1fffeffffff || err != nil {
		t.Errorf("got %x, %v", got, err)
	}
	if _, err := hexadecimal(text, "CapAmb"); err == nil {
		t.Error("a missing field is no error")
	}
}

func TestForksAreManyAndAreGoneAfterwards(t *testing.T) {
	if outcome := try([]string{"forks", "20"}); outcome.Detail != "20 processes at once" {
		t.Fatal(outcome.Detail)
	}
	children, err := os.ReadFile("/proc/thread-self/children")
	if err != nil || strings.TrimSpace(string(children)) != "" {
		t.Errorf("left %q, %v", children, err)
	}
}
