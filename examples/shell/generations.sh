# Cancels a task that may have been rescheduled. It is then another execution, the next generation of its key:
# docs/reference/generations.md. For bash; `step_functions` and `fail` are the caller's.

most_generations=999

# Whether a new task may have this key: 70 characters leave room for a generation's suffix, and none is in it.
is_key() {
    ((${#1} <= 70)) && [[ ! $1 =~ .--g([2-9]|[1-9][0-9]{1,2})-[0-9a-z]{3}$ ]]
}

# Stops every execution of a key that has not called the function, and prints ABORTED. Fails if one has.
# The argument is the ARN of the first execution, which is named like the key.
cancel_generations() {
    local first=$1 pause number latest origin state status called reason replaced owner live
    origin=$(origin_of "$first")
    latest=1
    for pause in 0 .05 .1 .2 .4 .8 1.6 3.2; do # a change is not visible at once
        sleep "$pause"
        latest=$(latest_of "$first" "$origin" "$latest")
        local -A states=() waiting=()
        owner='' live=''
        for ((number = latest; number >= 1; number--)); do
            state=$(state_of "$(generation_of "$first" "$origin" "$number")")
            read -r status called reason <<<"$state"
            replaced=''
            [[ $status:$called == ABORTED:no && $reason =~ ^Delay\.(Rescheduled|Withdrawn)$ ]] && replaced=yes
            ((number < latest)) && [[ $replaced && $reason == Delay.Rescheduled ]] && break
            states[$number]="$status $called"
            if [[ $status:$called == RUNNING:no ]]; then
                waiting[$number]=yes
                live=${live:-$number}
            elif [[ ! $replaced ]]; then
                owner=$number # the last one assigned is the earliest
            fi
        done
        live=${owner:-$live}
        if [[ $owner && ${#waiting[@]} -eq 0 ]]; then
            [[ ${states[$owner]} == 'ABORTED no' ]] && echo ABORTED && return
            fail_too_late "$(generation_of "$first" "$origin" "$owner")" "${states[$owner]}"
        fi
        for ((number = 1; number <= latest; number++)); do
            [[ ${waiting[$number]:-} ]] || continue
            step_functions stop-execution --execution-arn "$(generation_of "$first" "$origin" "$number")" \
                --error "$(reason_for "$number" "$live")" >/dev/null
        done
    done
    fail "$first is being changed by other clients at the same time: try again" 1
}

# Prints the day on which the first execution was started, in three base-36 digits.
origin_of() {
    local started day digits=0123456789abcdefghijklmnopqrstuvwxyz
    started=$(TZ=UTC step_functions describe-execution --execution-arn "$1" --query startDate) || exit
    day=$(day_of "$started")
    echo "${digits:day / 1296 % 36:1}${digits:day / 36 % 36:1}${digits:day % 36:1}"
}

# Prints the days since 1970 of seconds since then, as version 1 of the CLI prints them, or of a date in UTC.
day_of() {
    local seconds=${1%%.*} year month date
    if [[ $seconds != *-* ]]; then
        echo $((seconds / 86400))
        return
    fi
    IFS=-T read -r year month date _ <<<"$1"
    ((month = 10#$month, date = 10#$date, year -= month <= 2, month += month > 2 ? -3 : 9))
    echo $((year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date - 719469))
}

generation_of() {
    if (($3 == 1)); then echo "$1"; else echo "$1--g$3-$2"; fi
}

# Finds the latest number, from one that exists, by doubling and then by bisecting.
latest_of() {
    local low=$3 high=$(($3 + 1)) middle
    while ((high <= most_generations)) && exists "$(generation_of "$1" "$2" "$high")"; do
        ((low = high, high *= 2))
    done
    ((high <= most_generations)) || high=$((most_generations + 1))
    while ((high - low > 1)); do
        ((middle = (low + high) / 2))
        if exists "$(generation_of "$1" "$2" "$middle")"; then low=$middle; else high=$middle; fi
    done
    echo "$low"
}

# Whether there is such an execution. Any other error than ExecutionDoesNotExist ends the program.
exists() {
    local complaint
    complaint=$(step_functions describe-execution --execution-arn "$1" --query status 2>&1 >/dev/null) && return
    [[ $complaint == *ExecutionDoesNotExist* ]] || fail "${complaint#Error: }" 1
    return 1
}

# Prints an execution's status, whether it has called the function, and the error it was stopped with.
# All of it is in the first ten events, but for the status after a call, which does not matter here.
state_of() {
    local events status=RUNNING called=no
    events=$(step_functions get-execution-history --execution-arn "$1" --max-items 10 \
        --query 'events[].[type, executionAbortedEventDetails.error]') || exit
    case $events in
        *TaskScheduled* | *LambdaFunctionScheduled*) called=yes ;;
        *ExecutionAborted*) status=ABORTED ;;
        *ExecutionFailed*) status=FAILED ;;
        *ExecutionTimedOut*) status=TIMED_OUT ;;
    esac
    echo "$status $called ${events##*[[:space:]]}"
}

fail_too_late() {
    local status
    status=$(step_functions describe-execution --execution-arn "$1" --query status) || exit
    [[ $2 == *yes* ]] && status+=', and its function has been called'
    fail "$1 is $status" 1
}

reason_for() {
    if (($1 < $2)); then echo Delay.Rescheduled; elif (($1 > $2)); then echo Delay.Withdrawn; else echo Delay.Cancelled; fi
}
