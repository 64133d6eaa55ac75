--- The last status of each server, by client.
local M = {}

local known = {}

local TEXTS = {
  ready = 'codestral',
  busy = 'codestral …',
  limited = 'codestral: limited',
  unauthorized = 'codestral: key refused',
  loading = 'codestral: loading',
  offline = 'codestral: offline',
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

--- When the provider is asked again.
local function asks_again(value)
  local date = type(value) == 'string' and value:match('^(%d+-%d+-%d+T%d+:%d+:%d+)')
  -- The server tells the time in UTC.
  local ends = date and vim.fn.strptime('%Y-%m-%dT%H:%M:%S', date) or 0
  local now = os.time(os.date('!*t') --[[@as osdateparam]])
  return ends > now and (' Asks again in %d s.'):format(ends - now)
    or ' Asks again at the next key.'
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
