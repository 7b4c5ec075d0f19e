package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/hashicorp/vault/api"
	"mockvault.test/mockvault"
)

// script runs commands of the page in a shell, where vault is mockvault by
// another name. Their files are in a folder of the test's instead of /tmp.
func (p *platform) script(file, token string) string {
	p.t.Helper()
	for _, tool := range []string{"sh", "openssl", "shred", "base64"} {
		if _, err := exec.LookPath(tool); err != nil {
			p.t.Skip("the page's script wants ", tool)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatal(err)
	}
	program, err := mockvault.Binary()
	if err == nil {
		program, err = filepath.Abs(program)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	home := p.t.TempDir()
	if err := os.Symlink(program, filepath.Join(home, "vault")); err != nil {
		p.t.Fatal(err)
	}
	shell := exec.Command("sh", "-e", "-c", strings.ReplaceAll(string(text), "/tmp/", home+"/"))
	shell.Env = append(os.Environ(), "PATH="+home+":"+os.Getenv("PATH"), "HOME="+home,
		"VAULT_ADDR="+p.Addr, "VAULT_TOKEN="+token)
	said, err := shell.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", file, err, said)
	}
	return string(said)
}

// field is a value of a table that the vault command printed.
func field(t *testing.T, said, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + `\s+(\S+)$`).FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("there is no %s in: %s", name, said)
	}
	return found[1]
}

func tokenOf(t *testing.T, client *api.Client, policy string) string {
	t.Helper()
	made, err := client.Auth().Token().Create(&api.TokenCreateRequest{
		Policies: []string{policy}})
	if err != nil {
		t.Fatal(err)
	}
	return made.Auth.ClientToken
}

func joined(words []string) string {
	sort.Strings(words)
	return strings.Join(words, " ")
}
