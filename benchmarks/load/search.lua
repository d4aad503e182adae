-- Sends the paths of a file one after the other and writes the counts of wrk as JSON.
--
-- Environment: LOAD_PATHS, a file with one percent-encoded path a line; LOAD_RESULT, the file to
-- write. All connections of wrk's only thread share the counter, so requests in a row have different queries.

local paths = {}
local at = 0

function init(args)
  for line in io.lines(os.getenv("LOAD_PATHS")) do
    paths[#paths + 1] = wrk.format("GET", line)
  end
end

function request()
  at = at % #paths + 1
  return paths[at]
end

-- Writes the whole histogram, because wrk adds entries to it that closed_loop.py has to remove.
function done(summary, latency, requests)
  local out = assert(io.open(os.getenv("LOAD_RESULT"), "w"))
  out:write(string.format('{"duration_us": %d, "requests": %d, "bytes": %d,', summary.duration, summary.requests, summary.bytes))
  local e = summary.errors
  out:write(string.format(
    ' "errors": {"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d},',
    e.connect, e.read, e.write, e.status, e.timeout))
  out:write(' "latencies_us": [')
  for i = 1, #latency do
    local value, count = latency(i)
    out:write(string.format("%s[%d, %d]", i > 1 and ", " or "", value, count))
  end
  out:write("]}\n")
  out:close()
end
