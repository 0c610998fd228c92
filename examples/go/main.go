// Schedules a delayed task, or cancels one by its key.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

var (
	after   = flag.Duration("after", 11*time.Second, "`delay` such as 30m or 168h")
	payload = flag.String("payload", `{"a":1233333}`, "`object` in JSON that the function is called with")
	key     = flag.String("key", "", "`name` to find the task by")
	cancel  = flag.Bool("cancel", false, "cancel the task with that key")
)

func main() {
	flag.Parse()
	answer, err := run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(exitCode(err))
	}
	fmt.Println(answer)
}

func run(ctx context.Context) (string, error) {
	if flag.NArg() > 0 || *cancel && *key == "" {
		return "", Unusable("write [-after 11s] [-payload OBJECT] [-key KEY], or -key KEY -cancel")
	}
	tasks, err := Open(ctx, os.Getenv("DELAY_STATE_MACHINE_ARN"))
	if err != nil {
		return "", err
	}
	if *cancel {
		status, err := tasks.Cancel(ctx, *key)
		return string(status), err
	}
	task, err := tasks.Schedule(ctx, json.RawMessage(*payload), *after, *key)
	return fmt.Sprintf("%s is due at %s", task.ARN, task.Due.UTC().Format(time.RFC3339Nano)), err
}

// exitCode is 2 for input refused before anything was sent, as for an unknown flag, and 1 for any other error.
func exitCode(err error) int {
	if errors.As(err, new(Unusable)) {
		return 2
	}
	return 1
}
