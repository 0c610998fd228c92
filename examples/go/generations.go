package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

const (
	mostGenerations = 999
	longestKey      = 70
	day             = 24 * 60 * 60
)

// The pauses before a key is read again: a change is not visible at once.
var pauses = []time.Duration{0, 50, 100, 200, 400, 800, 1600, 3200}

var laterName = regexp.MustCompile(`(?s).--g([2-9]|[1-9][0-9]{1,2})-[0-9a-z]{3}$`)

// isKey reports whether a new task may have this key: 70 characters leave room for a generation's suffix, and none is in it.
func isKey(key string) bool {
	return len([]rune(key)) <= longestKey && !laterName.MatchString(key)
}

// TooLate is the error for a task whose function was called before it could be cancelled, or that had ended.
type TooLate string

func (reason TooLate) Error() string { return string(reason) }

// Generations are the executions that one key has had: a rescheduled task is another execution,
// the next generation of its key (docs/reference/generations.md).
type Generations struct {
	client *sfn.Client
	first  string // ARN of the first one, which is named like the key
}

type generation struct {
	number                    int
	arn                       string
	status                    types.ExecutionStatus
	reason                    string
	isOpen, wasCalled, roomed bool
}

func (g generation) isWaiting() bool { return g.isOpen && !g.wasCalled }

// ownsKey is true if it was called, or ended without being replaced.
func (g generation) ownsKey() bool { return g.wasCalled || !g.isOpen && !g.roomed }

// Cancel stops every execution of the key that has not called the function. The error is TooLate if one has.
func (key Generations) Cancel(ctx context.Context) (types.ExecutionStatus, error) {
	for _, pause := range pauses {
		time.Sleep(pause * time.Millisecond)
		candidates, err := key.candidates(ctx)
		if err != nil {
			return "", err
		}
		live, waiting := choose(candidates)
		if len(waiting) == 0 && live != nil {
			return requireUncalled(*live)
		}
		for _, each := range waiting {
			stop := &sfn.StopExecutionInput{ExecutionArn: aws.String(each.arn), Error: aws.String(reasonFor(each, *live))}
			if _, err := key.client.StopExecution(ctx, stop); err != nil {
				return "", err
			}
		}
	}
	return "", fmt.Errorf("%s is being changed by other clients at the same time: try again", key.first)
}

// choose returns the earliest generation that owns the key, or else the latest waiting one; and all waiting ones.
func choose(candidates []generation) (live *generation, waiting []generation) {
	var owner *generation
	for i, each := range candidates {
		if each.isWaiting() {
			waiting = append(waiting, each)
			live = &candidates[i]
		}
		if owner == nil && each.ownsKey() {
			owner = &candidates[i]
		}
	}
	if owner != nil {
		live = owner
	}
	return live, waiting
}

func requireUncalled(live generation) (types.ExecutionStatus, error) {
	if live.wasCalled {
		return "", TooLate(fmt.Sprintf("%s is %s, and its function has been called", live.arn, live.status))
	}
	if live.status != types.ExecutionStatusAborted {
		return "", TooLate(fmt.Sprintf("%s is %s", live.arn, live.status))
	}
	return live.status, nil
}

func reasonFor(each, live generation) string {
	switch {
	case each.number < live.number:
		return "Delay.Rescheduled"
	case each.number > live.number:
		return "Delay.Withdrawn"
	}
	return "Delay.Cancelled"
}

// candidates returns the latest generation and those before it back to one that made room, the earliest first.
func (key Generations) candidates(ctx context.Context) ([]generation, error) {
	first, err := key.describe(ctx, key.first)
	if err != nil {
		return nil, err
	}
	origin := strconv.FormatInt(first.StartDate.Unix()/day, 36) // three digits until 2097
	name := func(number int) string {
		if number == 1 {
			return key.first
		}
		return fmt.Sprintf("%s--g%d-%s", key.first, number, origin)
	}
	latest, err := key.latest(ctx, name)
	if err != nil {
		return nil, err
	}
	var found []generation
	for number := latest; number >= 1; number-- {
		each, err := key.read(ctx, number, name(number))
		if err != nil {
			return nil, err
		}
		if len(found) > 0 && each.roomed && each.reason == "Delay.Rescheduled" {
			break
		}
		found = append([]generation{each}, found...)
	}
	return found, nil
}

// latest finds the latest number by doubling, then by bisecting.
func (key Generations) latest(ctx context.Context, name func(int) string) (int, error) {
	low, high := 1, 2
	for high <= mostGenerations {
		exists, err := key.exists(ctx, name(high))
		if err != nil {
			return 0, err
		}
		if !exists {
			break
		}
		low, high = high, high*2
	}
	if high > mostGenerations {
		high = mostGenerations + 1
	}
	for high-low > 1 {
		middle := (low + high) / 2
		exists, err := key.exists(ctx, name(middle))
		if err != nil {
			return 0, err
		}
		if exists {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}

func (key Generations) read(ctx context.Context, number int, arn string) (generation, error) {
	described, err := key.describe(ctx, arn)
	if err != nil {
		return generation{}, err
	}
	// The call is the fifth event of a task, if there is one.
	asked := &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, MaxResults: 10}
	history, err := key.client.GetExecutionHistory(ctx, asked)
	if err != nil {
		return generation{}, err
	}
	each := generation{number: number, arn: arn, status: described.Status}
	each.isOpen = each.status == types.ExecutionStatusRunning || each.status == "PENDING_REDRIVE"
	for _, event := range history.Events {
		if event.Type == types.HistoryEventTypeTaskScheduled || event.Type == types.HistoryEventTypeLambdaFunctionScheduled {
			each.wasCalled = true
		}
		if stopped := event.ExecutionAbortedEventDetails; stopped != nil {
			each.reason = aws.ToString(stopped.Error)
		}
	}
	replaced := each.reason == "Delay.Rescheduled" || each.reason == "Delay.Withdrawn"
	each.roomed = !each.wasCalled && each.status == types.ExecutionStatusAborted && replaced
	return each, nil
}

func (key Generations) exists(ctx context.Context, arn string) (bool, error) {
	_, err := key.describe(ctx, arn)
	if errors.As(err, new(*types.ExecutionDoesNotExist)) {
		return false, nil
	}
	return err == nil, err
}

func (key Generations) describe(ctx context.Context, arn string) (*sfn.DescribeExecutionOutput, error) {
	return key.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
}
