-- wrk prints no p99.9 and no machine-readable summary of its own. One argument: bytes of a POST body.
function init(args)
  if args[1] then
    wrk.method = 'POST'
    wrk.body = string.rep('x', tonumber(args[1]))
    wrk.headers['Content-Type'] = 'application/octet-stream'
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"p999":%d,"connectErrors":%d,"readErrors":%d,"writeErrors":%d,"statusErrors":%d,"timeouts":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
