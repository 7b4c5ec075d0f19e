package cost

import (
	"fmt"
	"testing"
	"time"

	"mockvault.test/mockvault"
)

func TestCost(t *testing.T) {
	for i := 0; i < 51; i++ {
		var answered time.Duration
		began := time.Now()
		t.Run("one", func(t *testing.T) {
			vault := mockvault.Start(t)
			if _, err := vault.Client().Sys().ListMounts(); err != nil {
				t.Fatal(err)
			}
			answered = time.Since(began)
		})
		fmt.Println("took", answered.Seconds(), time.Since(began).Seconds())
	}
}
