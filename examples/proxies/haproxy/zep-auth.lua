-- Asks the gate about a request: with its headers, and with its method, target and client in X-Forwarded-*.

local GATE = "http://127.0.0.1:8790/_gate/auth"
local TIMEOUT_MS = 5000

-- Headers of the connection or the body, and those that are set below.
local LEFT_OUT = {
  ["connection"] = true,
  ["content-length"] = true,
  ["expect"] = true,
  ["keep-alive"] = true,
  ["te"] = true,
  ["transfer-encoding"] = true,
  ["upgrade"] = true,
  ["x-forwarded-for"] = true,
  ["x-forwarded-host"] = true,
  ["x-forwarded-method"] = true,
  ["x-forwarded-proto"] = true,
  ["x-forwarded-uri"] = true,
}

core.register_action("zep_auth", { "http-req" }, function(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not LEFT_OUT[name] then
      local list = {}
      local i = 0 -- HAProxy counts from 0, Lua from 1
      while values[i] ~= nil do
        table.insert(list, values[i])
        i = i + 1
      end
      headers[name] = list
    end
  end
  headers["x-forwarded-for"] = { txn.f:src() }
  headers["x-forwarded-host"] = { txn.f:req_hdr("host") or "" }
  headers["x-forwarded-method"] = { txn.f:method() }
  headers["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" }
  headers["x-forwarded-uri"] = { txn.f:pathq() }

  txn:set_var("txn.zep_status", 0)
  local answer = core.httpclient():get({ url = GATE, headers = headers, timeout = TIMEOUT_MS })
  if answer == nil or answer.status == nil then
    return
  end
  txn:set_var("txn.zep_status", answer.status)
  local challenge = answer.headers and answer.headers["www-authenticate"]
  txn:set_var("txn.zep_challenge", challenge and challenge[0] or "Bearer")
end, 0)
