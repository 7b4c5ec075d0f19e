// ride ADDRESS: the official client writes a secret after the other and reads
// it back, with its default settings, until a line comes in and fifty more
// writes have succeeded. Prints what failed, and what was acknowledged and
// cannot be read.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sync/atomic"

	"github.com/hashicorp/vault/api"
)

type report struct {
	Writes       int      `json:"writes"`
	Failed       int      `json:"failed"`
	Reads        int      `json:"reads"`
	ReadsFailed  int      `json:"readsFailed"`
	Acknowledged []string `json:"acknowledged"`
	Lost         []string `json:"lost"`
	Error        string   `json:"error"`
}

func main() {
	config := api.DefaultConfig()
	config.Address = os.Args[1]
	client, err := api.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	client.SetToken("root")
	var ends atomic.Bool
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		ends.Store(true)
	}()
	fmt.Println("writing")
	out := ride(client.KVv2("secret"), &ends)
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}

func ride(kv *api.KVv2, ends *atomic.Bool) report {
	var out report
	for more := 50; more > 0; out.Writes++ {
		key := fmt.Sprintf("k%d", out.Writes)
		_, err := kv.Put(context.Background(), "ride/"+key,
			map[string]interface{}{"key": key})
		if err != nil {
			out.Failed++
			out.Error = err.Error()
			continue
		}
		out.Acknowledged = append(out.Acknowledged, key)
		if ends.Load() {
			more--
		}
		out.Reads++
		if !isThere(kv, key) {
			out.ReadsFailed++
		}
	}
	for _, key := range out.Acknowledged {
		if !isThere(kv, key) {
			out.Lost = append(out.Lost, key)
		}
	}
	return out
}

func isThere(kv *api.KVv2, key string) bool {
	secret, err := kv.Get(context.Background(), "ride/"+key)
	return err == nil && secret.Data["key"] == key
}
