--- :Codestral and its subcommands.
local M = {}

local function tell(text, level)
  vim.notify('codestral: ' .. text, level or vim.log.levels.INFO)
end

local function attached()
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'codestral' })[1]
  if not client then
    tell('no server is running for this buffer; run :checkhealth codestral', vim.log.levels.WARN)
  end
  return client
end

local function execute(client, command, arguments, done)
  local params = { command = command, arguments = arguments }
  client:request('workspace/executeCommand', params, function(err, result)
    if err then
      tell(err.message, vim.log.levels.ERROR)
    else
      done(result)
    end
  end)
end

--- Show lines in a new window; q closes it.
local function show(lines)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].bufhidden = 'wipe'
  vim.cmd.split({ mods = { split = 'botright' } })
  vim.api.nvim_win_set_buf(0, buf)
  vim.api.nvim_win_set_height(0, math.min(#lines, 15))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true })
end

local function is_given(value)
  return value ~= nil and value ~= vim.NIL and value ~= ''
end

local function status_lines(status)
  local count = status.counters
  local where = is_given(status.host) and (' at ' .. status.host) or ''
  local lines = {
    ('codestral-ls %s: %s'):format(status.version, status.state),
    ('provider %s%s, model %s'):format(status.provider, where, status.model),
    ('%d requests; %d suggestions shown, %d accepted (%d characters)'):format(
      count.requests,
      count.shown,
      count.accepted,
      count.acceptedChars
    ),
    is_given(status.today) and status.today or 'no statistics are kept',
    ('without a request: %d by typing on, %d from memory, %d by one under way'):format(
      count.typedThrough,
      count.cacheHits,
      count.joined
    ),
    ('tokens: %d sent (%d of them cached), %d received'):format(
      count.promptTokens,
      count.cachedTokens,
      count.completionTokens
    ),
  }
  if is_given(status.lastError) then
    lines[#lines + 1] = 'last error: ' .. status.lastError.message
  end
  return lines
end

local function explanation(record)
  local line = ('%s  line %d: %s. %s'):format(
    record.at:match('T(%d+:%d+:%d+)') or record.at,
    record.line + 1,
    record.outcome,
    record.reason
  )
  local lines = { line }
  for _, snippet in ipairs(record.snippets or {}) do
    lines[#lines + 1] = ('    with %s: %s'):format(snippet.file, snippet.why)
  end
  return lines
end

local SUBCOMMANDS = {}

function SUBCOMMANDS.status()
  local client = attached()
  if client then
    require('codestral.status').refresh(client, function(status)
      show(status_lines(status))
    end)
  end
end

function SUBCOMMANDS.toggle()
  local client = attached()
  if not client then
    return
  end
  execute(client, 'codestral-ls.toggle', nil, function(result)
    if not result.enabled then
      require('codestral').dismiss()
    end
    require('codestral.status').refresh(client)
    tell('automatic suggestions are ' .. (result.enabled and 'on' or 'off'))
  end)
end

function SUBCOMMANDS.explain()
  local client = attached()
  if not client then
    return
  end
  local uri = vim.uri_from_bufnr(0)
  execute(client, 'codestral-ls.explain', { uri }, function(records)
    local lines = vim.iter(records):map(explanation):flatten():totable()
    show(#lines > 0 and lines or { 'No suggestion was requested in this buffer yet.' })
  end)
end

function SUBCOMMANDS.doctor()
  local config = require('codestral.config')
  local environment = config.environment()
  vim.cmd.split({ mods = { split = 'botright' } })
  vim.cmd.enew()
  vim.fn.jobstart(config.command('doctor'), {
    term = true,
    env = next(environment) and environment or nil,
  })
end

function SUBCOMMANDS.log()
  local file = require('codestral.config').log_file()
  if vim.uv.fs_stat(file) then
    vim.cmd.split({ file, mods = { split = 'botright' } })
  else
    tell('there is no log yet; it will be ' .. file)
  end
end

--- Run `:Codestral` with its arguments; without arguments, `status`.
function M.run(arguments)
  local name = arguments[1] or 'status'
  local subcommand = SUBCOMMANDS[name]
  if not subcommand or #arguments > 1 then
    local names = table.concat(M.complete(''), ', ')
    return tell(('use :Codestral with one of %s'):format(names), vim.log.levels.WARN)
  end
  if vim.fn.has('nvim-0.12') == 0 then
    return tell('needs Neovim 0.12 or newer', vim.log.levels.WARN)
  end
  subcommand()
end

--- The subcommands that begin with `lead`.
function M.complete(lead)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(SUBCOMMANDS))
  table.sort(names)
  return names
end

return M
