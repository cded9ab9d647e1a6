// Go's net/http, with a bearer token and the official pusher-http-go.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/pusher/pusher-http-go/v5"
)

type user struct {
	id     int
	name   string
	avatar string
}

var (
	usher = pusher.Client{
		AppID:  os.Getenv("USHER_APP_ID"),
		Key:    os.Getenv("USHER_APP_KEY"),
		Secret: os.Getenv("USHER_APP_SECRET"),
		Host:   "127.0.0.1:" + envOr("USHER_PORT", "6001"),
	}
	users = map[int]user{
		1: {1, "Ada", "/avatars/ada.png"},
		2: {2, "Grace", "/avatars/grace.png"},
	}
	tokens sync.Map // token -> user

	socketIDs = regexp.MustCompile(`\A\d+\.\d+\z`)
	rooms     = regexp.MustCompile(`\Apresence-room-[a-z0-9-]{1,100}\z`)
)

func main() {
	http.HandleFunc("/pusher/auth", authorize)
	http.HandleFunc("/login", logIn)
	address := "127.0.0.1:" + envOr("PORT", "3000")
	fmt.Println("Listening on http://" + address)
	log.Fatal(http.ListenAndServe(address, nil))
}

func authorize(response http.ResponseWriter, request *http.Request) {
	asking, ok := userOf(request)
	if !ok {
		http.Error(response, "Not signed in", http.StatusUnauthorized)
		return
	}
	socketID, channel := request.PostFormValue("socket_id"), request.PostFormValue("channel_name")
	if !socketIDs.MatchString(socketID) {
		http.Error(response, "No socket id", http.StatusBadRequest)
		return
	}

	// Signed is what was checked, not the body as it came in.
	checked := []byte(url.Values{"socket_id": {socketID}, "channel_name": {channel}}.Encode())
	var answer []byte
	var err error
	switch {
	case channel == fmt.Sprintf("private-user-%d", asking.id):
		answer, err = usher.AuthorizePrivateChannel(checked)
	case rooms.MatchString(channel):
		answer, err = usher.AuthorizePresenceChannel(checked, pusher.MemberData{
			UserID:   strconv.Itoa(asking.id),
			UserInfo: map[string]string{"name": asking.name, "avatar": asking.avatar},
		})
	default:
		http.Error(response, "Forbidden", http.StatusForbidden)
		return
	}
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	response.Header().Set("Content-Type", "application/json")
	response.Write(answer)
}

func logIn(response http.ResponseWriter, request *http.Request) {
	var body struct{ User int }
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
		http.Error(response, "JSON expected", http.StatusBadRequest)
		return
	}
	who, ok := users[body.User] // Yours asks for a password.
	if !ok {
		http.Error(response, "Who is that?", http.StatusUnauthorized)
		return
	}
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		http.Error(response, "No token", http.StatusInternalServerError)
		return
	}
	token := hex.EncodeToString(random)
	tokens.Store(token, who)
	channel := fmt.Sprintf("private-user-%d", who.id)
	if err := usher.Trigger(channel, "signed-in", map[string]string{"name": who.name}); err != nil {
		log.Println(err)
	}
	response.Header().Set("Content-Type", "application/json")
	json.NewEncoder(response).Encode(map[string]string{"token": token})
}

func userOf(request *http.Request) (user, bool) {
	token := strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
	found, ok := tokens.Load(token)
	if !ok {
		return user{}, false
	}
	return found.(user), true
}

func envOr(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
