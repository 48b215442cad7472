// mautrix-go's own federation client as a judge of other servers: for each server name on a line of standard input, one line of JSON on
// standard output. Its own resolution, TLS and HTTP code ask; nothing is kept from one name to the next.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"time"

	"go.mau.fi/util/exhttp"

	"maunium.net/go/mautrix/federation"
)

type answer struct {
	Name         string  `json:"name"`
	Reached      bool    `json:"reached"`
	KeysAccepted bool    `json:"keysAccepted"`
	Error        *string `json:"error"`
	KeysError    *string `json:"keysError"`
}

const deadline = 40 * time.Second

func client() *federation.Client {
	c := federation.NewClient("judge.test", nil, nil, exhttp.SensibleClientSettings)
	// The lab's addresses are reserved ones.
	c.AllowIP = func(net.IP) bool { return true }
	return c
}

func text(err error) *string {
	if err == nil {
		return nil
	}
	s := err.Error()
	return &s
}

func judge(name string) answer {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	versions, keys := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := client().Version(ctx, name)
		versions <- err
	}()
	go func() {
		response, err := client().ServerKeys(ctx, name)
		if err == nil {
			err = response.VerifySelfSignature()
		}
		keys <- err
	}()
	version, verified := <-versions, <-keys
	return answer{name, version == nil, verified == nil, text(version), text(verified)}
}

func main() {
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := out.Encode(judge(lines.Text())); err != nil {
			os.Exit(1)
		}
	}
}
