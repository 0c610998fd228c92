-- Calls StartExecution: wrk -s start.lua URL -- state-machine-arn names calls due seed
--   names  "given" (made here, at random) or "none" (made by the endpoint)
--   calls  the number of answers to stop after; 0 for no limit but wrk's own duration
--   due    "+N" for N seconds after the start; otherwise the due time of all tasks, in seconds since the epoch
--   seed   the seed of the random names
-- Prints one line of JSON at the end.

local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int pid, int signal);")

local SIGINT = 2

local state_machine_arn, names, calls, due
local answers = 0

local HEADERS = {
   ["Content-Type"] = "application/x-amz-json-1.0",
   ["X-Amz-Target"] = "AWSStepFunctions.StartExecution",
   ["Authorization"] = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0",
}

function init(args)
   state_machine_arn, names, calls, due = args[1], args[2], tonumber(args[3]), args[4]
   math.randomseed(tonumber(args[5]))
   if calls == 0 then response = nil end
end

local function name()
   if names == "none" then return "" end
   local parts = {}
   for part = 1, 4 do parts[part] = string.format("%08x", math.random(0, 4294967295)) end
   return string.format('"name":"%s",', table.concat(parts))
end

local function seconds()
   if due:sub(1, 1) == "+" then return tonumber(due:sub(2)) end
   return math.max(0, tonumber(due) - os.time())
end

function request()
   local body = string.format('{"stateMachineArn":"%s",%s"input":"{\\"expirydate\\":%d}"}', state_machine_arn, name(), seconds())
   return wrk.format("POST", "/", HEADERS, body)
end

function response()
   answers = answers + 1
   if answers == calls then
      wrk.thread:stop()
      -- wrk's main thread sleeps for the whole duration unless a signal wakes it.
      ffi.C.kill(ffi.C.getpid(), SIGINT)
   end
end

function done(summary, latency)
   local errors = summary.errors
   print(string.format(
      '{"answers":%d,"refusals":%d,"failures":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f}',
      summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
      summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
