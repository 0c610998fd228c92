-- Calls StartExecution: wrk -s start.lua URL -- machine-arn names calls due seed
--   names  "given" (random, made here) or "none" (made by the endpoint)
--   calls  stop after so many answers; 0 goes on until wrk's time is over
--   due    "+N": N seconds after the start; otherwise the second (since the epoch) in which all are due
--   seed   of the random names
-- Prints one line of JSON at the end.

local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int pid, int signal);")

local SIGINT = 2

local machine, names, calls, due
local answered = 0

local HEADERS = {
   ["Content-Type"] = "application/x-amz-json-1.0",
   ["X-Amz-Target"] = "AWSStepFunctions.StartExecution",
   ["Authorization"] = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0",
}

function init(args)
   machine, names, calls, due = args[1], args[2], tonumber(args[3]), args[4]
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
   local body = string.format('{"stateMachineArn":"%s",%s"input":"{\\"expirydate\\":%d}"}', machine, name(), seconds())
   return wrk.format("POST", "/", HEADERS, body)
end

function response()
   answered = answered + 1
   if answered == calls then
      wrk.thread:stop()
      -- wrk's main thread sleeps until its time is over, unless a signal wakes it.
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
