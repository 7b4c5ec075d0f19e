// linearizable FILE: are these histories of a KV version 2 mount linearizable,
// key by key? A line each, as tests/stress/nodesim writes them:
//
//	SEED CLIENT KEY KIND VALUE CAS CALLED RETURNED RESULT VERSION VALUE
//
// Prints the seeds and keys whose histories are not, then what it looked at.
// The exit status is 1 when there is one.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

type secret struct {
	version, value int
}

type input struct {
	kind       string
	value, cas int
}

type output struct {
	result         string
	version, value int
}

// step is what one secret does. Of what is unknown, anything that the secret
// could have answered is right.
func step(state, in, out interface{}) (bool, interface{}) {
	s, i, o := state.(secret), in.(input), out.(output)
	next := secret{s.version + 1, i.value}
	switch i.kind {
	case "read":
		if o.result == "absent" {
			return s.version == 0, s
		}
		return s == secret{o.version, o.value}, s
	case "write":
		return o.result == "unknown" || o.version == next.version, next
	case "cas":
		if s.version != i.cas {
			return o.result != "ok", s
		}
		return o.result == "unknown" ||
			o.result == "ok" && o.version == next.version, next
	case "delete":
		return true, secret{}
	}
	panic("no such kind: " + i.kind)
}

var model = porcupine.Model{
	Init:  func() interface{} { return secret{} },
	Step:  step,
	Equal: func(a, b interface{}) bool { return a == b },
	DescribeOperation: func(in, out interface{}) string {
		return fmt.Sprintf("%+v %+v", in, out)
	},
}

type key struct {
	seed, key int
}

func read(path string) (map[key][]porcupine.Operation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	histories := map[key][]porcupine.Operation{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var k key
		var i input
		var o output
		var client, called, returned int
		if _, err := fmt.Sscan(lines.Text(), &k.seed, &client, &k.key,
			&i.kind, &i.value, &i.cas, &called, &returned,
			&o.result, &o.version, &o.value); err != nil {
			return nil, fmt.Errorf("%q: %v", lines.Text(), err)
		}
		if returned == 0 {
			returned = 1 << 40 // at any time, even after all others
		}
		histories[k] = append(histories[k], porcupine.Operation{
			ClientId: client, Input: i, Call: int64(called),
			Output: o, Return: int64(returned)})
	}
	return histories, lines.Err()
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: linearizable FILE")
		os.Exit(2)
	}
	histories, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	keys := make([]key, 0, len(histories))
	for k := range histories {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(a, b int) bool {
		if keys[a].seed != keys[b].seed {
			return keys[a].seed < keys[b].seed
		}
		return keys[a].key < keys[b].key
	})
	operations, bad := 0, 0
	for _, k := range keys {
		operations += len(histories[k])
		switch porcupine.CheckOperationsTimeout(
			model, histories[k], time.Minute) {
		case porcupine.Illegal:
			fmt.Printf("seed %d: the history of k%d is not "+
				"linearizable\n", k.seed, k.key)
			bad++
		case porcupine.Unknown:
			fmt.Printf("seed %d: the history of k%d takes too "+
				"long\n", k.seed, k.key)
			bad++
		}
	}
	fmt.Printf("%d operations in %d histories\n", operations, len(keys))
	if bad > 0 {
		os.Exit(1)
	}
}
