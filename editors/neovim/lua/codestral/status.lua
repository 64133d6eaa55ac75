--- The last status of each server, by client.
local M = {}

local known = {}

local TEXTS = {
  ready = 'codestral',
  busy = 'codestral …',
  limited = 'codestral: limited',
  unauthorized = 'codestral: key refused',
  loading = 'codestral: loading',
  offline = 'codestral: not reached',
  disabled = 'codestral: off',
}

--- Store a server's status.
function M.set(client_id, status)
  local before = known[client_id]
  known[client_id] = status
  if not before or before.state ~= status.state then
    vim.cmd.redrawstatus({ bang = true })
  end
end

--- Ask a server for its status, then call `done(status)`.
function M.refresh(client, done)
  local params = { command = 'codestral-ls.status' }
  client:request('workspace/executeCommand', params, function(_, status)
    if status then
      M.set(client.id, status)
      if done then
        done(status)
      end
    end
  end)
end

--- Seconds until a time in UTC, as the server tells it; 0 if it is over or no time.
local function seconds_until(text)
  local pattern = '^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)'
  local year, month, day, hour, min, sec = tostring(text):match(pattern)
  if not year then
    return 0
  end
  -- os.time takes both for local times, so their difference is right.
  local date = { year = year, month = month, day = day, hour = hour, min = min, sec = sec }
  local now = os.date('!*t')
  now.isdst = nil
  return math.max(0, os.time(date) - os.time(now))
end

--- When the provider is asked again.
local function asks_again(value)
  local seconds = seconds_until(value)
  return seconds > 0 and (' Asks again in %d s.'):format(seconds) or ' Asks again at the next key.'
end

local PAUSED = { limited = true, offline = true }

--- How things stand, or why there is no suggestion, in whole sentences.
function M.sentence(said)
  local text = said.message or said.answer
  local is_paused = PAUSED[said.state] or type(said['until']) == 'string'
  return text .. (is_paused and asks_again(said['until']) or '')
end

--- The text for the statusline of the current buffer.
function M.line()
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'codestral' })[1]
  local status = client and known[client.id]
  return status and (TEXTS[status.state] or 'codestral: ' .. status.state) or ''
end

return M
