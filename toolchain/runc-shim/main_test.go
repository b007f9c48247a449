package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestTargetIsTheFileThatRuncReads(t *testing.T) {
	for _, c := range []struct {
		args   []string
		path   string
		nested bool
	}{
		{[]string{"--root", "/r", "create", "--bundle", "/b", "id"}, "/b/config.json", true},
		{[]string{"run", "-b", "/b", "id"}, "/b/config.json", true},
		{[]string{"create", "id"}, "config.json", true},
		{[]string{"--root", "/r", "exec", "--process", "/p.json", "id"}, "/p.json", false},
		{[]string{"exec", "id", "sh"}, "", false},
		{[]string{"delete", "--force", "id"}, "", false},
		{[]string{"--version"}, "", false},
	} {
		if path, nested := target(c.args); path != c.path || nested != c.nested {
			t.Errorf("target(%q) = %q, %v; want %q, %v", c.args, path, nested, c.path, c.nested)
		}
	}
}

func TestRewriteTakesOutTheThreeRequestsAndNothingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	before := `{"ociVersion":"1.0","process":{"args":["x"],"rlimits":[{"type":"RLIMIT_NOFILE"}],"oomScoreAdj":-999,"value":18446744073709551615,
		"capabilities":{"bounding":["CAP_KILL","CAP_SYS_RESOURCE"],"ambient":["CAP_SYS_RESOURCE"]}}}`
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(path, true); err != nil {
		t.Fatal(err)
	}
	var got, want any
	after, _ := os.ReadFile(path)
	decode(t, after, &got)
	decode(t, []byte(`{"ociVersion":"1.0","process":{"args":["x"],"oomScoreAdj":0,"value":18446744073709551615,
		"capabilities":{"bounding":["CAP_KILL"],"ambient":[]}}}`), &want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %s", after)
	}
}

func decode(t *testing.T, text []byte, into *any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestAPositiveScoreStays(t *testing.T) {
	process := map[string]any{"oomScoreAdj": json.Number("500")}
	relax(process)
	if process["oomScoreAdj"] != json.Number("500") {
		t.Errorf("got %v", process)
	}
}

func TestABrokenFileIsAnErrorAndStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	_ = os.WriteFile(path, []byte("{"), 0o600)
	if err := rewrite(path, true); err == nil {
		t.Error("no error")
	}
	if text, _ := os.ReadFile(path); string(text) != "{" {
		t.Errorf("changed to %q", text)
	}
}

func TestFindNeverReturnsItself(t *testing.T) {
	self, _ := os.Readlink("/proc/self/exe")
	link := filepath.Join(t.TempDir(), "runc")
	_ = os.Symlink(self, link)
	if path, err := find([]string{link, "/nonexistent"}); err == nil {
		t.Errorf("found %q", path)
	}
}
