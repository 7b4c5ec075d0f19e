package jws

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func pair(t *testing.T) (sign func(Claims) string, key Key) {
	t.Helper()
	privateText, publicText, err := NewPair()
	if err != nil {
		t.Fatal(err)
	}
	private, err := Private(privateText)
	if err != nil {
		t.Fatal(err)
	}
	public, err := Public(publicText)
	if err != nil {
		t.Fatal(err)
	}
	return func(claims Claims) string {
		token, err := Sign(private, claims)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}, *public
}

func TestCheck(t *testing.T) {
	sign, key := pair(t)
	other, otherKey := pair(t)
	now := time.Unix(1000, 0)
	good := Claims{Subject: "alice", IssuedAt: 1000, Expires: 1060}
	token := sign(good)
	if claims, err := Check(token, []Key{otherKey, key}, now); err != nil || *claims != good {
		t.Fatal(claims, err)
	}
	parts := strings.Split(token, ".")
	foreign := strings.Split(other(good), ".")
	none := encoding.EncodeToString([]byte(`{"alg":"none","kid":"` + key.ID + `"}`))
	late := key
	late.NotAfter = now
	for name, wrong := range map[string]struct {
		token string
		keys  []Key
		now   time.Time
	}{
		"unknown key":         {token, []Key{otherKey}, now},
		"no key":              {token, nil, now},
		"a key of before":     {token, []Key{late}, now},
		"expired":             {token, []Key{key}, now.Add(time.Minute)},
		"other claims":        {parts[0] + "." + encoding.EncodeToString([]byte(`{"sub":"root","exp":1060}`)) + "." + parts[2], []Key{key}, now},
		"other's signature":   {parts[0] + "." + parts[1] + "." + foreign[2], []Key{key}, now},
		"no signature":        {parts[0] + "." + parts[1] + ".", []Key{key}, now},
		"algorithm none":      {none + "." + parts[1] + ".", []Key{key}, now},
		"none, and signature": {none + "." + parts[1] + "." + parts[2], []Key{key}, now},
		"two parts":           {parts[0] + "." + parts[1], []Key{key}, now},
		"no text":             {"", []Key{key}, now},
	} {
		if claims, err := Check(wrong.token, wrong.keys, wrong.now); !errors.Is(err, ErrToken) {
			t.Error(name, claims, err)
		}
	}
}

func TestKeysOfOthers(t *testing.T) {
	for _, text := range []string{"", "zork", "em9yaw==",
		"LS0tLS1CRUdJTiBYLS0tLS0KLS0tLS1FTkQgWC0tLS0tCg=="} {
		if key, err := Private(text); err == nil {
			t.Error(text, key)
		}
		if key, err := Public(text); err == nil {
			t.Error(text, key)
		}
	}
}
