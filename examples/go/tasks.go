package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// An execution lives for a year, the call of its function included.
const longestDelay = 364 * 24 * time.Hour

// Tasks are the delayed tasks of one state machine.
type Tasks struct {
	client  *sfn.Client
	machine string
}

// Task is a scheduled task. Its function is called at Due or soon after.
type Task struct {
	ARN string
	Due time.Time
}

// Unusable is the reason for refusing input before anything is sent.
type Unusable string

func (reason Unusable) Error() string { return string(reason) }

// Open returns the tasks of a state machine, in the Region of its ARN.
func Open(ctx context.Context, machine string) (*Tasks, error) {
	parsed, err := arn.Parse(machine)
	if err != nil || !strings.HasPrefix(parsed.Resource, "stateMachine:") {
		return nil, Unusable(fmt.Sprintf("the state machine must be given by its ARN (DELAY_STATE_MACHINE_ARN), got %q", machine))
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(parsed.Region))
	if err != nil {
		return nil, err
	}
	return &Tasks{sfn.NewFromConfig(settings, readEndpoint), machine}, nil
}

// readEndpoint serves SDKs from before 2024, such as Debian's: later ones read the variables themselves. The last one wins.
func readEndpoint(options *sfn.Options) {
	for _, variable := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SFN"} {
		if url := os.Getenv(variable); url != "" {
			options.EndpointResolver = sfn.EndpointResolverFromURL(url)
		}
	}
}

// Schedule schedules a call of the state machine's function after a delay.
// A key, if given, identifies the task. While the task waits, the same call returns the same task, and a
// different one an error of type *types.ExecutionAlreadyExists.
func (tasks *Tasks) Schedule(ctx context.Context, payload any, after time.Duration, key string) (Task, error) {
	input, err := inputOf(payload, after)
	if err != nil {
		return Task{}, err
	}
	if !isKey(key) {
		return Task{}, Unusable(fmt.Sprintf("a key has at most %d characters and does not end like --g2-abc, got %q", longestKey, key))
	}
	start := &sfn.StartExecutionInput{StateMachineArn: &tasks.machine, Input: &input}
	if key != "" {
		start.Name = &key
	}
	started, err := tasks.client.StartExecution(ctx, start)
	if err != nil {
		return Task{}, err
	}
	return Task{*started.ExecutionArn, started.StartDate.Add(after)}, nil
}

// Cancel cancels the waiting task with a key, rescheduled or not, and returns ABORTED.
// The error is of type TooLate if its function was called before.
func (tasks *Tasks) Cancel(ctx context.Context, key string) (types.ExecutionStatus, error) {
	return Generations{tasks.client, tasks.arnOf(key)}.Cancel(ctx)
}

// arnOf returns the ARN of a key's first execution. A stack's ARN may end with an alias or a version, which is for starting only.
func (tasks *Tasks) arnOf(key string) string {
	machine := strings.Join(strings.SplitN(tasks.machine, ":", 8)[:7], ":")
	return strings.Replace(machine, ":stateMachine:", ":execution:", 1) + ":" + key
}

// inputOf adds the delay to a payload, any value that JSON encodes as an object.
func inputOf(payload any, after time.Duration) (string, error) {
	if after < 0 || after > longestDelay || after%time.Second != 0 {
		return "", Unusable(fmt.Sprintf("the delay must be whole seconds, at most %v, got %v", longestDelay, after))
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return "", Unusable(fmt.Sprintf("the payload must be JSON: %v", err))
	}
	var input map[string]json.RawMessage
	if json.Unmarshal(text, &input) != nil || input == nil {
		return "", Unusable(fmt.Sprintf("the payload must be a JSON object, got %s", text))
	}
	if _, taken := input["expirydate"]; taken {
		return "", Unusable("the payload must not contain expirydate, which is the delay")
	}
	input["expirydate"] = json.RawMessage(strconv.Itoa(int(after.Seconds())))
	text, err = json.Marshal(input)
	return string(text), err
}
