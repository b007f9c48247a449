// Command pager is where alerts arrive when nobody else is named: it takes Alertmanager's webhooks and shows what it was told.
//
// `pager ADDRESS` answers POST /alerts, GET /notifications (JSON, oldest first), GET /metrics and GET /healthz. It keeps the last 500
// notifications in memory and no other state: what it has not taken, Alertmanager sends again.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	mostNotifications = 500
	largestBody       = 1 << 20
)

// Notification is one webhook as it came, and when.
type Notification struct {
	Number  int             `json:"number"`
	Arrived time.Time       `json:"arrived"`
	Content json.RawMessage `json:"content"`
}

// Pager holds the last notifications, and counts all that it was sent.
type Pager struct {
	mutex   sync.Mutex
	kept    []Notification
	taken   int
	refused int
}

// take keeps one notification and forgets the oldest one when there are too many. It returns false for what is no JSON object.
func (pager *Pager) take(body []byte, now time.Time) bool {
	pager.mutex.Lock()
	defer pager.mutex.Unlock()
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object == nil {
		pager.refused++
		return false
	}
	pager.taken++
	pager.kept = append(pager.kept, Notification{pager.taken, now.UTC(), body})
	if excess := len(pager.kept) - mostNotifications; excess > 0 {
		pager.kept = append([]Notification(nil), pager.kept[excess:]...)
	}
	return true
}

func (pager *Pager) receive(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, largestBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(answer, "larger than 1 MiB", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(answer, err.Error(), http.StatusBadRequest)
	case !pager.take(body, time.Now()):
		http.Error(answer, "no JSON object", http.StatusBadRequest)
	}
}

func (pager *Pager) show(answer http.ResponseWriter, _ *http.Request) {
	pager.mutex.Lock()
	defer pager.mutex.Unlock()
	answer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(answer).Encode(append([]Notification{}, pager.kept...))
}

func (pager *Pager) measure(answer http.ResponseWriter, _ *http.Request) {
	pager.mutex.Lock()
	defer pager.mutex.Unlock()
	answer.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintf(answer, "# HELP pager_notifications_total Notifications by what became of them.\n# TYPE pager_notifications_total counter\n")
	fmt.Fprintf(answer, "pager_notifications_total{outcome=\"taken\"} %d\n", pager.taken)
	fmt.Fprintf(answer, "pager_notifications_total{outcome=\"refused\"} %d\n", pager.refused)
}

func handler() http.Handler {
	pager, mux := &Pager{}, http.NewServeMux()
	mux.HandleFunc("POST /alerts", pager.receive)
	mux.HandleFunc("GET /notifications", pager.show)
	mux.HandleFunc("GET /metrics", pager.measure)
	mux.HandleFunc("GET /healthz", func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(answer, "ok") })
	return mux
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pager ADDRESS")
		os.Exit(2)
	}
	server := http.Server{
		Addr: os.Args[1], Handler: handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}
