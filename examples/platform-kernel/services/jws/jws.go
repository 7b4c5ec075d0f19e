// Package jws signs and checks JWTs with ES256: ECDSA on P-256 with SHA-256, as
// RFC 7518 has it.
package jws

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Claims are those that the platform uses.
type Claims struct {
	Subject  string `json:"sub"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// Key is a key that a token may be signed with.
type Key struct {
	ID     string // "kid": the public key's fingerprint
	Public *ecdsa.PublicKey
	// NotAfter is when it is accepted no longer; zero: it is the current one.
	NotAfter time.Time
}

// ErrToken says why a token is refused.
var ErrToken = errors.New("the token is refused")

var encoding = base64.RawURLEncoding

const size = 32 // bytes of a number on P-256

type header struct {
	Algorithm string `json:"alg"`
	Type      string `json:"typ"`
	KeyID     string `json:"kid"`
}

// Sign makes a token.
func Sign(private *ecdsa.PrivateKey, claims Claims) (string, error) {
	id, err := keyID(&private.PublicKey)
	if err != nil {
		return "", err
	}
	head, err := json.Marshal(header{"ES256", "JWT", id})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := encoding.EncodeToString(head) + "." + encoding.EncodeToString(body)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signed + "." + encoding.EncodeToString(signature), nil
}

// Check returns the claims of a token that one of the keys signed.
func Check(token string, keys []Key, now time.Time) (*Claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%w: it is no JWS", ErrToken)
	}
	var head header
	if err := decode(parts[0], &head); err != nil || head.Algorithm != "ES256" {
		return nil, fmt.Errorf("%w: its algorithm is not ES256", ErrToken)
	}
	key := find(keys, head.KeyID, now)
	if key == nil {
		return nil, fmt.Errorf("%w: nobody knows its key", ErrToken)
	}
	signature, err := encoding.DecodeString(parts[2])
	if err != nil || len(signature) != 2*size {
		return nil, fmt.Errorf("%w: its signature has no 64 bytes", ErrToken)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	r := new(big.Int).SetBytes(signature[:size])
	s := new(big.Int).SetBytes(signature[size:])
	if !ecdsa.Verify(key.Public, digest[:], r, s) {
		return nil, fmt.Errorf("%w: its signature is wrong", ErrToken)
	}
	var claims Claims
	if err := decode(parts[1], &claims); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrToken, err)
	}
	if now.Unix() >= claims.Expires {
		return nil, fmt.Errorf("%w: its time is over", ErrToken)
	}
	return &claims, nil
}

func find(keys []Key, id string, now time.Time) *Key {
	for i := range keys {
		if keys[i].ID == id && (keys[i].NotAfter.IsZero() || now.Before(keys[i].NotAfter)) {
			return &keys[i]
		}
	}
	return nil
}

func decode(part string, into any) error {
	text, err := encoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func keyID(public *ecdsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return encoding.EncodeToString(sum[:12]), nil
}

// ---- keys as Vault holds them: PEM in base64 ----

// NewPair makes a key pair.
func NewPair() (private, public string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", "", err
	}
	pub, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", "", err
	}
	return text("EC PRIVATE KEY", der), text("PUBLIC KEY", pub), nil
}

func text(kind string, der []byte) string {
	return base64.StdEncoding.EncodeToString(
		pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func parse(value string) (*pem.Block, error) {
	data, err := base64.StdEncoding.DecodeString(value) // lines are allowed
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	return block, nil
}

// Private reads a private key.
func Private(value string) (*ecdsa.PrivateKey, error) {
	block, err := parse(value)
	if err != nil {
		return nil, err
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

// Public reads a public key.
func Public(value string) (*Key, error) {
	block, err := parse(value)
	if err != nil {
		return nil, err
	}
	any, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, ok := any.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, errors.New("no key of P-256")
	}
	id, err := keyID(public)
	return &Key{ID: id, Public: public}, err
}
