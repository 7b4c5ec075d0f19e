package tests

import (
	"testing"
	"time"

	"mockvault.test/mockvault"
)

// TestNextVersion is the dry run before an upgrade: the same life on the version
// that the page pins, and on those that follow.
func TestNextVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.19.5", "2.0.0"} {
		version := version
		t.Run(version, func(t *testing.T) {
			p := start(t, mockvault.WithFlags("-vault-version="+version))
			health, err := p.Client().Sys().Health()
			if err != nil || health.Version != version {
				t.Fatal(health, err)
			}
			u := p.users(p.config("platform-services"))
			u.live(5 * time.Hour)
			u.works()
			s := p.signing(p.config("platform-iam"))
			s.live(time.Minute)
			before := s.iam.Version()
			p.script("testdata/rotate-jwt.sh", p.cronToken())
			s.live(time.Minute)
			if s.iam.Version() != before+1 {
				t.Error("IAM signs with version ", s.iam.Version())
			}
			s.works()
			for _, outage := range []string{"sealed", "no-leader", "token-revoked"} {
				end := p.Outage(t, outage)
				s.live(time.Minute)
				s.works()
				end()
				s.live(time.Minute)
			}
			s.rotate()
			s.live(time.Minute)
			s.works()
		})
	}
}
