// transit through the official client: its ciphertexts and signatures opened
// with Go's own cryptography, which is what Vault uses.
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/hashicorp/vault/api"
)

type fields = map[string]interface{}

var secretText = []byte("the quick brown fox")

func b64(b []byte) string {
	return base64.StdEncoding.EncodeToString(b)
}

// behind is what follows "vault:v1:".
func behind(text interface{}) ([]byte, error) {
	s, _ := text.(string)
	if !strings.HasPrefix(s, "vault:v1:") {
		return nil, fmt.Errorf("no version in %q", s)
	}
	return base64.StdEncoding.DecodeString(s[len("vault:v1:"):])
}

// exported is the only version of a key.
func exported(c *api.Client, kind, name string) ([]byte, error) {
	s, err := c.Logical().Read("transit/export/" + kind + "/" + name)
	if err != nil {
		return nil, err
	}
	keys := s.Data["keys"].(fields)
	return base64.StdEncoding.DecodeString(keys["1"].(string))
}

func transit(c *api.Client) error {
	mount := c.Sys().Mount("transit", &api.MountInput{Type: "transit"})
	l := c.Logical()
	_, err := l.Write("transit/keys/go", fields{"exportable": true})
	if err := first(mount, err, opened(c)); err != nil {
		return err
	}
	_, err = l.Write("transit/keys/go-ed", fields{"type": "ed25519",
		"exportable": true})
	if err != nil {
		return err
	}
	made, err := l.Write("transit/sign/go-ed", fields{
		"input": b64(secretText)})
	if err != nil {
		return err
	}
	signature, err := behind(made.Data["signature"])
	key, err2 := exported(c, "signing-key", "go-ed")
	if err := first(err, err2); err != nil {
		return err
	}
	public := ed25519.PrivateKey(key).Public().(ed25519.PublicKey)
	_, denied := l.Delete("transit/keys/go")
	return first(want("signature", ed25519.Verify(public, secretText,
		signature), true), status(denied, 400))
}

// opened decrypts with crypto/cipher what the server encrypted, and back.
func opened(c *api.Client) error {
	made, err := c.Logical().Write("transit/encrypt/go", fields{
		"plaintext": b64(secretText)})
	if err != nil {
		return err
	}
	sealed, err := behind(made.Data["ciphertext"])
	key, err2 := exported(c, "encryption-key", "go")
	if err := first(err, err2); err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	plain, err := gcm.Open(nil, sealed[:12], sealed[12:], nil)
	if err != nil {
		return err
	}
	own := gcm.Seal(sealed[:12], sealed[:12], secretText, []byte("ad"))
	back, err := c.Logical().Write("transit/decrypt/go", fields{
		"ciphertext":      "vault:v1:" + b64(own),
		"associated_data": b64([]byte("ad"))})
	if err != nil {
		return err
	}
	return first(want("plaintext", string(plain), string(secretText)),
		want("decrypted", back.Data["plaintext"], b64(secretText)))
}

func transitBatches(c *api.Client) error {
	made, err := c.Logical().Write("transit/encrypt/go", fields{
		"batch_input": []fields{{"plaintext": "YQ=="},
			{"plaintext": "Yg==", "reference": "two"}}})
	if err != nil {
		return err
	}
	results := made.Data["batch_results"].([]interface{})
	two := results[1].(fields)
	_, refusal := c.Logical().Write("transit/encrypt/go", fields{
		"batch_input": []fields{{"plaintext": "!"}}})
	return first(want("results", len(results), 2),
		want("reference", two["reference"], "two"),
		status(refusal, 400))
}
