package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

func ask(t *testing.T, to http.Handler, method, path, body string) (int, string) {
	t.Helper()
	answer := httptest.NewRecorder()
	to.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer.Code, answer.Body.String()
}

func shown(t *testing.T, to http.Handler) []Notification {
	t.Helper()
	var kept []Notification
	if _, text := ask(t, to, "GET", "/notifications", ""); json.Unmarshal([]byte(text), &kept) != nil {
		t.Fatalf("no list: %s", text)
	}
	return kept
}

func TestWhatArrivesIsShownInItsOrder(t *testing.T) {
	pager := handler()
	for _, body := range []string{`{"status":"firing"}`, `{"status":"resolved"}`} {
		if code, text := ask(t, pager, "POST", "/alerts", body); code != http.StatusOK {
			t.Fatal(code, text)
		}
	}
	kept := shown(t, pager)
	if len(kept) != 2 || string(kept[0].Content) != `{"status":"firing"}` || kept[1].Number != 2 || kept[0].Arrived.IsZero() {
		t.Fatalf("%+v", kept)
	}
}

func TestOnlyTheLastAreKeptAndAllAreCounted(t *testing.T) {
	pager := handler()
	for number := range mostNotifications + 7 {
		ask(t, pager, "POST", "/alerts", fmt.Sprintf(`{"number":%d}`, number))
	}
	kept := shown(t, pager)
	if len(kept) != mostNotifications || kept[0].Number != 8 {
		t.Fatal(len(kept), kept[0])
	}
	if _, text := ask(t, pager, "GET", "/metrics", ""); !strings.Contains(text, `{outcome="taken"} 507`) {
		t.Fatal(text)
	}
}

func TestWhatIsNoNotificationIsRefused(t *testing.T) {
	pager := handler()
	for _, body := range []string{"", "null", "[]", `"text"`, "{", strings.Repeat(" ", largestBody+1)} {
		if code, text := ask(t, pager, "POST", "/alerts", body); code < http.StatusBadRequest {
			t.Fatalf("%.20q: %d %s", body, code, text)
		}
	}
	if kept := shown(t, pager); len(kept) != 0 {
		t.Fatal(kept)
	}
	if code, _ := ask(t, pager, "GET", "/alerts", ""); code != http.StatusMethodNotAllowed {
		t.Fatal(code)
	}
}

// Whatever Alertmanager, or somebody who pretends to be it, sends: what is taken is shown as it came, what is not changes nothing.
func FuzzWhatIsTakenIsAnObjectAndShownAsItCame(f *testing.F) {
	for _, seed := range []string{`{"status":"firing"}`, `{}`, `null`, `[]`, `{"a":`, "\xff", `{"a":"\u0000"}`, ` {"a":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		pager := handler()
		code, _ := ask(t, pager, "POST", "/alerts", body)
		kept := shown(t, pager)
		var object map[string]any
		if isObject := json.Unmarshal([]byte(body), &object) == nil && object != nil; isObject != (code == http.StatusOK) {
			t.Fatalf("%q was answered with %d", body, code)
		}
		if len(kept) != map[bool]int{true: 1, false: 0}[code == http.StatusOK] {
			t.Fatalf("%q left %d notifications", body, len(kept))
		}
		if len(kept) == 1 {
			var again map[string]any
			if json.Unmarshal(kept[0].Content, &again) != nil || !reflect.DeepEqual(object, again) {
				t.Fatalf("%q is shown as %q", body, kept[0].Content)
			}
		}
	})
}
