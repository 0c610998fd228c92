#!/usr/bin/env bash
# Schedules a delayed task, or cancels one by its key.
set -euo pipefail
. "$(dirname "$0")/generations.sh"

usage='write [-a SECONDS] [-p PAYLOAD] [-k KEY], or -k KEY -c'
longest_delay_seconds=31449600 # 364 days: an execution lives for a year, the call of its function included
machine=${DELAY_STATE_MACHINE_ARN:-}
region=$(cut -d: -f4 <<<"$machine")

main() {
    local option after=11 payload='{"a":1233333}' key='' cancels=''
    while getopts :a:p:k:c option; do
        case $option in
            a) after=$OPTARG ;;
            p) payload=$OPTARG ;;
            k) key=$OPTARG ;;
            c) cancels=yes ;;
            *) misuse "$usage" ;;
        esac
    done
    ((OPTIND > $#)) || misuse "$usage"
    [[ $machine == arn:*:states:*:*:stateMachine:* ]] ||
        misuse "the state machine must be given by its ARN (DELAY_STATE_MACHINE_ARN), got '$machine'"
    if [[ $cancels ]]; then cancel "$key"; else schedule "$after" "$payload" "$key"; fi
}

# Prints the task's ARN.
schedule() {
    local input key=$3
    input=$(input_of "$1" "$2")
    [[ -z $key ]] || is_key "$key" ||
        misuse "a key has at most 70 characters and does not end like --g2-abc, got '$key'"
    step_functions start-execution --state-machine-arn "$machine" --input "$input" ${key:+--name "$key"} \
        --query executionArn
}

# Prints ABORTED, or fails if it was too late.
cancel() {
    local key=$1
    [[ $key ]] || misuse "$usage"
    cancel_generations "$(arn_of "$key")"
}

# Prints the ARN of a key's first execution. A stack's ARN may end with an alias or a version, which is for starting only.
arn_of() {
    local unqualified
    unqualified=$(cut -d: -f1-7 <<<"$machine")
    echo "${unqualified/:stateMachine:/:execution:}:$1"
}

# Prints a payload with the delay before its members.
input_of() {
    local seconds=$1 payload=$2 members
    [[ $seconds =~ ^(0|[1-9][0-9]{0,7})$ ]] && ((seconds <= longest_delay_seconds)) ||
        misuse "the delay must be whole seconds, at most $longest_delay_seconds, got '$seconds'"
    [[ $payload =~ ^[[:space:]]*\{[[:space:]]*(.*)\}[[:space:]]*$ ]] ||
        misuse "the payload must be a JSON object, got '$payload'"
    members=${BASH_REMATCH[1]}
    [[ $members != *'"expirydate"'* ]] || misuse 'the payload must not contain expirydate, which is the delay'
    echo "{\"expirydate\":$seconds${members:+,$members}}"
}

# Calls an operation. The CLI prints an error in its last line, after an empty one.
step_functions() {
    local complaint
    { complaint=$(aws stepfunctions "$@" --region "$region" --output text 2>&1 >&3) ||
        fail "${complaint##*$'\n'}" 1; } 3>&1
}

misuse() { fail "$1" 2; }

fail() {
    echo "Error: $1" >&2
    exit "$2"
}

main "$@"
