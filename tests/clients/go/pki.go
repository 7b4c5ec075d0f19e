package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/hashicorp/vault/api"
)

// parse takes the first certificate of a PEM text.
func parse(text interface{}) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text.(string)))
	if block == nil {
		return nil, fmt.Errorf("no PEM in %q", text)
	}
	return x509.ParseCertificate(block.Bytes)
}

// authority makes a root in pki/, and a role web there.
func authority(c *api.Client) (*x509.Certificate, error) {
	err := c.Sys().Mount("pki", &api.MountInput{Type: "pki",
		Config: api.MountConfigInput{MaxLeaseTTL: "8760h"}})
	if err != nil {
		return nil, err
	}
	root, err := c.Logical().Write("pki/root/generate/internal",
		map[string]interface{}{"common_name": "lab root",
			"key_type": "ec", "ttl": "8000h"})
	if err != nil {
		return nil, err
	}
	_, err = c.Logical().Write("pki/roles/web", map[string]interface{}{
		"allowed_domains": "example.com,localhost", "key_type": "ec",
		"allow_subdomains": true, "allow_bare_domains": true,
		"generate_lease": true, "ttl": "2h"})
	if err != nil {
		return nil, err
	}
	return parse(root.Data["certificate"])
}

// talk lets Go's TLS speak to itself with the issued pair.
func talk(pair tls.Certificate, roots *x509.CertPool) error {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{pair}})
	if err != nil {
		return err
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			io.WriteString(conn, "hello")
			conn.Close()
		}
	}()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second},
		"tcp", listener.Addr().String(),
		&tls.Config{RootCAs: roots, ServerName: "localhost"})
	if err != nil {
		return err
	}
	defer conn.Close()
	got, err := io.ReadAll(conn)
	return first(err, want("greeting", string(got), "hello"))
}

func signed(c *api.Client, roots *x509.CertPool) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader,
		&x509.CertificateRequest{
			Subject:  pkix.Name{CommonName: "b.example.com"},
			DNSNames: []string{"c.example.com"}}, key)
	if err != nil {
		return err
	}
	made, err := c.Logical().Write("pki/sign/web", map[string]interface{}{
		"csr": string(pem.EncodeToMemory(&pem.Block{
			Type: "CERTIFICATE REQUEST", Bytes: der}))})
	if err != nil {
		return err
	}
	cert, err := parse(made.Data["certificate"])
	if err != nil {
		return err
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots,
		DNSName: "c.example.com"})
	return first(err, want("key", key.PublicKey.Equal(cert.PublicKey), true))
}

func pki(c *api.Client) error {
	root, err := authority(c)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	made, err := c.Logical().Write("pki/issue/web", map[string]interface{}{
		"common_name": "localhost", "ip_sans": "127.0.0.1"})
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair([]byte(made.Data["certificate"].(string)),
		[]byte(made.Data["private_key"].(string)))
	if err != nil {
		return err
	}
	_, refusal := c.Logical().Write("pki/issue/web",
		map[string]interface{}{"common_name": "a.evil.org"})
	err = first(talk(pair, roots), signed(c, roots), status(refusal, 400),
		want("renewable", made.Renewable, false),
		c.Sys().Revoke(made.LeaseID))
	if err != nil {
		return err
	}
	gone, err := c.Logical().Read("pki/cert/" +
		made.Data["serial_number"].(string))
	if err != nil {
		return err
	}
	crl, err := c.Logical().Read("pki/cert/crl")
	if err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(crl.Data["certificate"].(string)))
	list, err := x509.ParseCRL(block.Bytes)
	if err != nil {
		return err
	}
	return first(root.CheckCRLSignature(list),
		want("revoked", len(list.TBSCertList.RevokedCertificates), 1),
		want("issuer", gone.Data["issuer_id"] != nil, true))
}
